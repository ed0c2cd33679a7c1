import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { request } from '../../api/request.ts';
import { useTakeBack } from '../../api/take-back.ts';
import type { ChangePreview, GroupPreset, PresetChanged, PresetShown, RuleView } from '../../api/types.ts';
import { presetsTexts } from '../../texts/en/presets.ts';
import { t } from '../../texts/texts.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { useNotice } from '../../ui/notices.tsx';
import { LoadingRows, ProblemCard, problemText } from '../../ui/states.tsx';
import { Closings } from './closings.tsx';
import { PresetUpdate } from './preset-update.tsx';

export type PresetChangeKind = 'add' | 'update' | 'remove';

/** Taking, updating or leaving, with the rules and addresses concerned before it is done. */
export function PresetChange({
  preset: { id, title },
  taken,
  group,
  what,
  onBack,
  onClose,
}: {
  readonly preset: Pick<PresetShown, 'id' | 'title'>;
  readonly taken: GroupPreset | undefined;
  readonly group: string;
  readonly what: PresetChangeKind;
  readonly onBack: () => void;
  readonly onClose: () => void;
}) {
  const path = `/groups/${encodeURIComponent(group)}/presets/${id}`;
  const preview = useQuery({
    queryKey: ['preset-preview', group, id, what],
    queryFn: () => request<ChangePreview>('GET', `${path}/preview?what=${what}`),
    gcTime: 0,
  });
  const change = useChangePreset({ path, group, preset: id, what }, onClose);
  return (
    <Dialog wide title={TITLES[what](title, group)} onClose={onClose}>
      <div className="stack">
        {what === 'update' && taken !== undefined ? <PresetUpdate taken={taken} /> : null}
        {preview.data === undefined && preview.error === null ? <LoadingRows rows={2} height={24} /> : null}
        {preview.error === null ? null : (
          <ProblemCard error={preview.error} onRetry={() => void preview.refetch()} />
        )}
        {preview.data === undefined ? null : <Preview preview={preview.data} what={what} />}
        {change.error === null ? null : <p className="problem-text">{problemText(change.error)}</p>}
        <div className="row row-end">
          <Button variant="default" onClick={what === 'update' ? onClose : onBack}>
            {what === 'update' ? presetsTexts.keepMine(taken?.version ?? '') : t.actions.cancel}
          </Button>
          <Button
            {...(what === 'remove' ? { color: 'red' } : {})}
            loading={change.isPending}
            disabled={preview.data === undefined}
            onClick={() => change.mutate()}
          >
            {SUBMITS[what]}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}

const TITLES = {
  add: presetsTexts.takeTitle,
  update: presetsTexts.updateTitle,
  remove: presetsTexts.leaveTitle,
} as const;
const SUBMITS = {
  add: presetsTexts.takeSubmit,
  update: presetsTexts.updateSubmit,
  remove: presetsTexts.leaveSubmit,
} as const;

interface Asked {
  readonly path: string;
  readonly group: string;
  readonly preset: string;
  readonly what: PresetChangeKind;
}

function useChangePreset({ path, group, preset, what }: Asked, onClose: () => void) {
  const cache = useQueryClient();
  const tell = useNotice();
  const takeBack = useTakeBack();
  return useMutation({
    mutationFn: () =>
      what === 'remove'
        ? request<PresetChanged>('DELETE', path)
        : request<PresetChanged>('POST', what === 'add' ? path : `${path}/update`, {}),
    onSuccess({ entry }) {
      void cache.invalidateQueries();
      tell({
        text: presetsTexts.doneText(presetsTexts.done[what], preset, group),
        ...(entry === undefined ? {} : { undo: () => void takeBack(entry) }),
      });
      onClose();
    },
  });
}

function Preview({
  preview: { added, ended, closes },
  what,
}: {
  readonly preview: ChangePreview;
  readonly what: PresetChangeKind;
}) {
  return (
    <section className="stack" aria-label={presetsTexts.result}>
      {what === 'update' ? <h3>{presetsTexts.result}</h3> : null}
      {what === 'remove' ? null : (
        <>
          <p>{presetsTexts.adds(added.length)}</p>
          <Rules sign="+" rules={added} />
        </>
      )}
      {what === 'add' && ended.length === 0 ? null : (
        <>
          <p>{presetsTexts.ends(ended.length)}</p>
          <Rules sign="−" rules={ended} />
          <Closings closes={closes} />
        </>
      )}
    </section>
  );
}

function Rules({ sign, rules }: { readonly sign: string; readonly rules: readonly RuleView[] }) {
  if (rules.length === 0) return null;
  return (
    <ul className="plain small">
      {rules.map(({ id, action, pattern, note }) => (
        <li key={id}>
          <span className="name">
            {sign} {action} {pattern}
          </span>{' '}
          {note}
        </li>
      ))}
    </ul>
  );
}
