import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { request } from '../../api/request.ts';
import type { ConfigurationPlan, FileApplied } from '../../api/types.ts';
import { configurationTexts } from '../../texts/en/configuration.ts';
import { t } from '../../texts/texts.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { useNotice } from '../../ui/notices.tsx';
import { LoadingRows, ProblemCard, problemText } from '../../ui/states.tsx';
import { Closings } from '../domains/closings.tsx';

/** What the server's own file, read now, would change and close; applied from here, all of it or nothing. */
export function PlanDialog({ source, onClose }: { readonly source: string; readonly onClose: () => void }) {
  const cache = useQueryClient();
  const tell = useNotice();
  const { data, error, refetch } = useQuery({
    queryKey: ['configuration-plan'],
    queryFn: () => request<ConfigurationPlan>('POST', '/config/plan', {}),
    gcTime: 0,
  });
  const apply = useMutation({
    mutationFn: () => request<FileApplied>('POST', '/config/apply', {}),
    onSuccess({ plan }) {
      tell({ text: configurationTexts.appliedDone(plan.source, plan.changes.length) });
      onClose();
    },
    onSettled: () => void cache.invalidateQueries(),
  });
  return (
    <Dialog wide title={configurationTexts.planTitle(source)} onClose={onClose}>
      <div className="stack">
        {data === undefined && error === null ? <LoadingRows /> : null}
        {error === null ? null : <ProblemCard error={error} onRetry={() => void refetch()} />}
        {data === undefined ? null : <Plan plan={data} />}
        {apply.error === null ? null : <p className="problem-text">{problemText(apply.error)}</p>}
        <div className="row row-end">
          <Button variant="default" onClick={onClose}>
            {data === undefined || data.changes.length === 0 ? t.problem.close : t.actions.cancel}
          </Button>
          {data === undefined || data.changes.length === 0 ? null : (
            <Button loading={apply.isPending} onClick={() => apply.mutate()}>
              {configurationTexts.apply(data.changes.length)}
            </Button>
          )}
        </div>
      </div>
    </Dialog>
  );
}

function Plan({
  plan: { changes, closes, moved, atNextStart, drift, notes },
}: {
  readonly plan: ConfigurationPlan;
}) {
  return (
    <>
      <p>
        <strong>
          {changes.length === 0
            ? `✓ ${configurationTexts.planNothing}`
            : configurationTexts.changes(changes.length)}
        </strong>
        {moved === 0 ? null : <span className="small"> · {configurationTexts.moved(moved)}</span>}
      </p>
      <ul className="plain">
        {changes.map(({ kind, op, group, what, fields, place }) => (
          <li key={`${op} ${kind} ${group} ${what}`} className="entry">
            <span className="name">
              <span aria-hidden="true">{SIGNS[op]}</span> {configurationTexts.ops[op]}: {kind} {group}
              {what === '' ? '' : ` ${what}`}
            </span>{' '}
            {place === undefined ? null : <span className="small">({place})</span>}
            {op !== 'change'
              ? null
              : fields.map(({ field, before, after }) => (
                  <div key={field} className="small">
                    {configurationTexts.field(field, textOf(before), textOf(after))}
                  </div>
                ))}
          </li>
        ))}
      </ul>
      {changes.length === 0 ? null : <Closings closes={closes} />}
      {atNextStart.length === 0 ? null : (
        <p className="small">
          {configurationTexts.atNextStart} {atNextStart.map(({ key }) => key).join(', ')}
        </p>
      )}
      {drift.length === 0 ? null : <p className="small">{configurationTexts.stays(drift.length)}</p>}
      {notes.map((note) => (
        <p key={note} className="small">
          {note}
        </p>
      ))}
    </>
  );
}

const SIGNS = { add: '+', change: '~', remove: '−' } as const;

function textOf(value: unknown): string {
  if (value === null || value === undefined) return configurationTexts.nothing;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
