import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { KEYS, readAudit } from '../../api/reads.ts';
import { request } from '../../api/request.ts';
import { useMayAdminister } from '../../api/roles.ts';
import type { AuditEntry } from '../../api/types.ts';
import { t } from '../../texts/texts.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { useNotice } from '../../ui/notices.tsx';
import { useTitle } from '../../ui/page-title.ts';
import { Empty, LoadingRows, ProblemCard, problemText } from '../../ui/states.tsx';
import { Time } from '../../ui/time.tsx';

/** Who changed what and why, and the way back. */
export function AuditScreen() {
  useTitle(t.audit.title);
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: KEYS.audit,
    queryFn: ({ pageParam }) => readAudit(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor,
  });
  const entries = data?.pages.flatMap(({ items }) => items);
  return (
    <>
      <h1>{t.audit.title}</h1>
      {entries === undefined && error === null ? <LoadingRows rows={6} /> : null}
      {error === null ? null : <ProblemCard error={error} onRetry={() => void refetch()} />}
      {entries?.length === 0 ? <Empty title={t.audit.empty} /> : null}
      <ol className="plain">
        {entries?.map((entry) => (
          <Entry key={entry.id} entry={entry} />
        ))}
      </ol>
      {hasNextPage ? (
        <div className="more">
          <ActionButton
            variant="default"
            loading={isFetchingNextPage}
            label={t.audit.older}
            onClick={() => void fetchNextPage()}
          >
            {t.audit.older}
          </ActionButton>
        </div>
      ) : null}
    </>
  );
}

function Entry({ entry }: { readonly entry: AuditEntry }) {
  const { id, at, actor, action, subject, note, origin, before, after, reverts, revertedBy, revertible } =
    entry;
  const [isAsking, setAsking] = useState(false);
  const admin = useMayAdminister();
  return (
    <li className="card">
      <div className="row">
        <span className="small numbers">#{id}</span>
        <strong>{action}</strong>
        <span className="name grow">{subject}</span>
        {revertible && admin ? (
          <ActionButton
            variant="default"
            label={t.actions.about(t.audit.revert, `${action} ${subject}`)}
            onClick={() => setAsking(true)}
          >
            {t.audit.revert}
          </ActionButton>
        ) : null}
      </div>
      <p className="small">
        <Time at={at} /> · {actor} {t.audit.from} {origin}
        {note === '' ? null : ` · ${note}`}
        {reverts === undefined ? null : ` · ${t.audit.reverts(reverts)}`}
        {revertedBy === undefined ? null : ` · ${t.audit.reverted(revertedBy)}`}
      </p>
      {before === undefined && after === undefined ? null : (
        <details>
          <summary className="small">{t.audit.details}</summary>
          <BeforeAfter before={before} after={after} />
        </details>
      )}
      {isAsking ? <RevertDialog entry={entry} onClose={() => setAsking(false)} /> : null}
    </li>
  );
}

function BeforeAfter({ before, after }: Pick<AuditEntry, 'before' | 'after'>) {
  return (
    <div className="before-after">
      {before === undefined ? null : (
        <div>
          <h4>{t.audit.before}</h4>
          <pre>{JSON.stringify(before, null, 2)}</pre>
        </div>
      )}
      {after === undefined ? null : (
        <div>
          <h4>{t.audit.after}</h4>
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
      tell({ text: t.audit.done(`${action} ${subject}`) });
      void cache.invalidateQueries();
    },
    onError: (error) => tell({ text: problemText(error), kind: 'problem' }),
    onSettled: onClose,
  });
  return (
    <Dialog title={t.audit.confirmTitle} onClose={onClose}>
      <div className="stack">
        <p>
          <strong>{action}</strong> <span className="name">{subject}</span>
        </p>
        <BeforeAfter before={before} after={after} />
        <div className="row row-end">
          <ActionButton size="sm" variant="default" label={t.actions.cancel} onClick={onClose}>
            {t.actions.cancel}
          </ActionButton>
          <ActionButton
            size="sm"
            loading={revert.isPending}
            label={t.audit.revert}
            onClick={() => revert.mutate()}
          >
            {t.audit.revert}
          </ActionButton>
        </div>
      </div>
    </Dialog>
  );
}
