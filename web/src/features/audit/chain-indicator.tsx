import { useQuery } from '@tanstack/react-query';
import { request } from '../../api/request.ts';
import type { AuditVerification } from '../../api/types.ts';
import { auditTexts } from '../../texts/en/audit.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { StateBadge } from '../../ui/badge.tsx';
import { problemText } from '../../ui/states.tsx';

/** Whether every entry follows from the one before. Asked by a click: the whole audit is read for it. */
export function ChainIndicator() {
  const { data, error, refetch, isFetching } = useQuery({
    queryKey: ['audit-verification'],
    queryFn: () => request<AuditVerification>('GET', '/audit/verification'),
    enabled: false,
  });
  return (
    <span className="row">
      <ActionButton
        variant="default"
        loading={isFetching}
        label={auditTexts.verify}
        onClick={() => void refetch()}
      >
        {auditTexts.verify}
      </ActionButton>
      <span role="status" className="row chain">
        {error === null ? null : <span className="problem-text">{problemText(error)}</span>}
        {data === undefined ? null : data.sound ? (
          <>
            <StateBadge tone="good">{auditTexts.verified(data.entries)}</StateBadge>
            <span className="small name">{auditTexts.head(`${data.head.id}:${data.head.hash}`)}</span>
          </>
        ) : (
          <StateBadge tone="bad">{auditTexts.broken(data.brokenAt, data.why)}</StateBadge>
        )}
      </span>
    </span>
  );
}
