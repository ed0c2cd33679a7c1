import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { request } from '../../api/request.ts';
import { useMayAdminister } from '../../api/roles.ts';
import type { AuditEntry } from '../../api/types.ts';
import { auditTexts } from '../../texts/en/audit.ts';
import { actionText } from '../../texts/en/audit-actions.ts';
import { t } from '../../texts/texts.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';
import { Echoed } from '../../ui/echoed.tsx';
import { useNotice } from '../../ui/notices.tsx';
import { problemText } from '../../ui/states.tsx';
import { Time } from '../../ui/time.tsx';

/** One change, with what was before and after it, and the way back. */
export function AuditCard({ entry }: { readonly entry: AuditEntry }) {
  const { id, at, actor, action, subject, note, origin, before, after, reverts, revertedBy, revertible } =
    entry;
  const why = revertedBy === undefined ? entry.notRevertible : undefined;
  const [isAsking, setAsking] = useState(false);
  const admin = useMayAdminister();
  return (
    <li className="card">
      <div className="row">
        <span className="small numbers">#{id}</span>
        <strong>{actionText(action)}</strong>
        <span className="name grow">{subject}</span>
        {revertible && admin ? (
          <ActionButton
            variant="default"
            label={t.actions.about(auditTexts.revert, `${actionText(action)} ${subject}`)}
            onClick={() => setAsking(true)}
          >
            {auditTexts.revert}
          </ActionButton>
        ) : null}
      </div>
      <p className="small">
        <Time at={at} /> · {actor} {auditTexts.from} {origin}
        {note === '' ? null : (
          <>
            {' · '}
            <Echoed text={note} />
          </>
        )}
        {reverts === undefined ? null : ` · ${auditTexts.reverts(reverts)}`}
        {revertedBy === undefined ? null : ` · ${auditTexts.reverted(revertedBy)}`}
      </p>
      {isNothing(before) && isNothing(after) && why === undefined ? null : (
        <details>
          <summary className="small">{auditTexts.details}</summary>
          {why === undefined ? null : <p className="small">{auditTexts.notRevertible(why)}</p>}
          <BeforeAfter before={before} after={after} />
        </details>
      )}
      {isAsking ? <RevertDialog entry={entry} onClose={() => setAsking(false)} /> : null}
    </li>
  );
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null;
}

function BeforeAfter({ before, after }: Pick<AuditEntry, 'before' | 'after'>) {
  return (
    <div className="before-after">
      {isNothing(before) ? null : (
        <div>
          <strong>{auditTexts.before}</strong>
          <pre>{JSON.stringify(before, null, 2)}</pre>
        </div>
      )}
      {isNothing(after) ? null : (
        <div>
          <strong>{auditTexts.after}</strong>
          <pre>{JSON.stringify(after, null, 2)}</pre>
        </div>
      )}
    </div>
  );
}

function RevertDialog({ entry, onClose }: { readonly entry: AuditEntry; readonly onClose: () => void }) {
  const cache = useQueryClient();
  const tell = useNotice();
  const { id, action, subject, before, after } = entry;
  const revert = useMutation({
    mutationFn: () => request('POST', `/audit/${id}/revert`, {}),
    onSuccess() {
      tell({ text: auditTexts.done(`${actionText(action)} ${subject}`) });
      void cache.invalidateQueries();
    },
    onError: (error) => tell({ text: problemText(error), kind: 'problem' }),
    onSettled: onClose,
  });
  return (
    <Dialog title={auditTexts.confirmTitle} onClose={onClose}>
      <div className="stack">
        <p>
          <strong>{actionText(action)}</strong> <span className="name">{subject}</span>
        </p>
        <BeforeAfter before={before} after={after} />
        <DialogActions onClose={onClose}>
          <ActionButton
            size="sm"
            loading={revert.isPending}
            label={auditTexts.revert}
            onClick={() => revert.mutate()}
          >
            {auditTexts.revert}
          </ActionButton>
        </DialogActions>
      </div>
    </Dialog>
  );
}
