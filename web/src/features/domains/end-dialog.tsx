import { Button, Progress } from '@mantine/core';
import { Echoed } from '../../ui/echoed.tsx';
import '@mantine/core/styles/Progress.css';
import { useQuery } from '@tanstack/react-query';
import { request } from '../../api/request.ts';
import type { ChangePreview, RuleView } from '../../api/types.ts';
import { domainsTexts } from '../../texts/en/domains.ts';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';
import { LoadingRows, ProblemCard } from '../../ui/states.tsx';
import { useEndRules } from './change-rules.ts';
import { Closings } from './closings.tsx';

/** Removing many, with what closes by it before it is done. */
export function EndDialog({
  rules,
  onClose,
  onDone,
}: {
  readonly rules: readonly RuleView[];
  readonly onClose: () => void;
  readonly onDone?: () => void;
}) {
  const end = useEndRules();
  const ids = rules.slice(0, MOST_PREVIEWED).map(({ id }) => id);
  const preview = useQuery({
    queryKey: ['end-preview', ids],
    queryFn: () => request<ChangePreview>('POST', '/rules/bulk/preview', { ids }),
    gcTime: 0,
  });
  return (
    <Dialog wide title={domainsTexts.endTitle(rules.length)} onClose={onClose}>
      <div className="stack">
        <p>{domainsTexts.endText}</p>
        <ul className="plain small diff">
          {rules.slice(0, SHOWN).map(({ id, pattern, note }) => (
            <li key={id}>
              <span className="name">− {pattern}</span> <Echoed text={note} />
            </li>
          ))}
          {rules.length > SHOWN ? <li>+{rules.length - SHOWN}</li> : null}
        </ul>
        {preview.data === undefined && preview.error === null ? <LoadingRows rows={1} height={24} /> : null}
        {preview.error === null ? null : (
          <ProblemCard error={preview.error} onRetry={() => void preview.refetch()} />
        )}
        {preview.data === undefined ? null : <Closings closes={preview.data.closes} />}
        {end.isPending && rules.length > MOST_PREVIEWED ? (
          <div role="status">
            {domainsTexts.progress(end.done, rules.length)}
            <Progress
              value={(100 * end.done) / rules.length}
              aria-label={domainsTexts.endTitle(rules.length)}
            />
          </div>
        ) : null}
        <DialogActions onClose={onClose}>
          <Button
            color="red"
            loading={end.isPending}
            disabled={preview.data === undefined}
            onClick={() =>
              end.mutate(rules, {
                onSuccess: () => onDone?.(),
                onSettled: onClose,
              })
            }
          >
            {domainsTexts.endSelected(rules.length)}
          </Button>
        </DialogActions>
      </div>
    </Dialog>
  );
}

/** As many as one request takes; of more, the first are rehearsed. */
const MOST_PREVIEWED = 1000;
const SHOWN = 20;
