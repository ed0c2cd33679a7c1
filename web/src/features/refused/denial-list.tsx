import { Checkbox } from '@mantine/core';
import { useState } from 'react';
import { useMayApprove } from '../../api/roles.ts';
import type { Denial } from '../../api/types.ts';
import { refusedTexts } from '../../texts/en/refused.ts';
import { t } from '../../texts/texts.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { Section } from '../../ui/section.tsx';
import { useNow } from '../../ui/time.tsx';
import { Bulk } from './bulk.tsx';
import { DenialRow } from './denial-row.tsx';
import { DomainCard } from './domain-card.tsx';
import { useKeptPlaces } from './kept-places.ts';
import { useListKeys } from './list-keys.ts';
import { bandsOf, byDomain } from './order.ts';
import type { RefusedSearch } from './search.ts';

/** Refused names, by when they were asked or by domain. */
export function DenialList({
  denials,
  total,
  search: { state = 'waiting', filter = '', byDomain: grouped = false },
  onDomain,
  empty,
}: {
  readonly denials: readonly Denial[];
  /** With those that are not among `denials`, because one reading brings so many at most. */
  readonly total: number;
  readonly search: RefusedSearch;
  /** Shows what belongs to one domain. */
  readonly onDomain: (domain: string) => void;
  readonly empty: React.ReactNode;
}) {
  const now = useNow();
  const [selected, setSelected] = useState<ReadonlySet<number>>(new Set());
  const [shown, setShown] = useState(SHOWN);
  const { place, settle } = useKeptPlaces();

  const bands = bandsOf(denials, filter, now);
  const rows = settle([...bands.justNow, ...bands.earlier]);
  const together = byDomain(rows);
  // The keyboard goes down what is seen: by domain the rows stand otherwise.
  const visible = (grouped ? together.flatMap((one) => one.denials) : rows).slice(0, shown);
  const chosen = visible.filter(({ id }) => selected.has(id));
  const toggle = (id: number, on: boolean) =>
    setSelected((before) => new Set([...before].filter((one) => one !== id).concat(on ? [id] : [])));
  const isSelectable = useMayApprove() && state === 'waiting';
  const current = useListKeys(
    visible,
    isSelectable ? (denial) => toggle(denial.id, !selected.has(denial.id)) : undefined,
  );

  if (rows.length === 0) return empty;
  const siblings = new Map(together.map((one) => [`${one.domain} ${one.group}`, one.denials.length - 1]));
  const notAll =
    total > denials.length ? <p className="small">{refusedTexts.listed(denials.length, total)}</p> : null;
  const row = (denial: Denial) => (
    <DenialRow
      key={denial.id}
      denial={denial}
      current={current === denial.id}
      box={
        isSelectable ? (
          <Checkbox
            checked={selected.has(denial.id)}
            onChange={(event) => toggle(denial.id, event.currentTarget.checked)}
            aria-label={t.refused.select(denial.name)}
          />
        ) : undefined
      }
      {...(grouped
        ? {}
        : {
            siblings: {
              count: siblings.get(`${denial.domain} ${denial.group}`) ?? 0,
              onShow: () => onDomain(denial.domain),
            },
          })}
    />
  );
  return (
    <div ref={place}>
      {notAll}
      {isSelectable ? (
        <Bulk chosen={chosen} visible={visible} onSelect={(these) => setSelected(new Set(these))} />
      ) : null}
      {grouped
        ? byDomain(visible).map((one) => (
            <DomainCard key={`${one.domain} ${one.group}`} one={one} state={state}>
              {one.denials.map(row)}
            </DomainCard>
          ))
        : (
            [
              [t.refused.justNow, bands.justNow],
              [t.refused.earlier, bands.earlier],
            ] as const
          ).map(([title, band]) => {
            const these = visible.filter((one) => band.includes(one));
            return these.length === 0 ? null : (
              <Section key={title} title={title}>
                {these.map(row)}
              </Section>
            );
          })}
      {rows.length > visible.length ? (
        <ActionButton
          variant="default"
          label={t.refused.more(rows.length - visible.length)}
          onClick={() => setShown(shown + SHOWN)}
        >
          {t.refused.more(rows.length - visible.length)}
        </ActionButton>
      ) : (
        notAll
      )}
    </div>
  );
}

/** Rows at first; more are a click away, so that a hundred thousand refusals are no burden. */
const SHOWN = 50;
