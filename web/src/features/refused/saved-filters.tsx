import { CloseButton } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { useState } from 'react';
import { useSession } from '../../api/reads.ts';
import { refusedTexts } from '../../texts/en/refused.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { NameDialog } from '../../ui/name-dialog.tsx';
import { type RefusedSearch, readRefusedSearch } from './search.ts';

interface SavedFilter {
  readonly name: string;
  readonly search: RefusedSearch;
}

/** Filters with a name, kept in the browser for each user. */
export function SavedFilters({
  search,
  onChoose,
}: {
  readonly search: RefusedSearch;
  readonly onChoose: (search: RefusedSearch) => void;
}) {
  const { data: session } = useSession();
  const [saved, setSaved] = useLocalStorage<readonly SavedFilter[]>({
    key: `sallyport-refused-filters-${session?.user ?? ''}`,
    defaultValue: [],
    getInitialValueInEffect: false,
    deserialize: readSaved,
  });
  const [isNaming, setNaming] = useState(false);
  const isFiltered = Object.values(search).some((value) => value !== undefined);
  if (saved.length === 0 && !isFiltered) return null;
  return (
    <div className="bulk saved-filters">
      {saved.length === 0 ? null : <span className="small">{refusedTexts.saved}:</span>}
      {saved.map((one) => (
        <span key={one.name} className="saved-filter">
          <ActionButton variant="default" label={one.name} onClick={() => onChoose(one.search)}>
            {one.name}
          </ActionButton>
          <CloseButton
            aria-label={refusedTexts.forget(one.name)}
            onClick={() => setSaved(saved.filter(({ name }) => name !== one.name))}
          />
        </span>
      ))}
      {isFiltered ? (
        <ActionButton variant="subtle" label={refusedTexts.save} onClick={() => setNaming(true)}>
          {refusedTexts.save}
        </ActionButton>
      ) : null}
      {isNaming ? (
        <NameDialog
          title={refusedTexts.saveTitle}
          description={refusedTexts.saveHint}
          maxLength={40}
          onClose={() => setNaming(false)}
          onName={(name) =>
            setSaved([...saved.filter((one) => one.name !== name), { name, search }].slice(-MOST))
          }
        />
      ) : null}
    </div>
  );
}

/** What an older page, or somebody's hand, has left there is read as far as it makes sense. */
function readSaved(text: string | undefined): readonly SavedFilter[] {
  try {
    const found: unknown = JSON.parse(text ?? '[]');
    if (!Array.isArray(found)) return [];
    return found.flatMap((one: { readonly name?: unknown; readonly search?: unknown } | null) =>
      typeof one?.name === 'string' && typeof one.search === 'object' && one.search !== null
        ? { name: one.name, search: readRefusedSearch(one.search as Record<string, unknown>) }
        : [],
    );
  } catch {
    return [];
  }
}

const MOST = 12;
