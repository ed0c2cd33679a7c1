import { settingsTexts } from '../../texts/en/settings.ts';
import { t } from '../../texts/texts.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { StateBadge } from '../../ui/badge.tsx';
import { Section } from '../../ui/section.tsx';
import { Empty, LoadingRows, ProblemCard } from '../../ui/states.tsx';
import { Time } from '../../ui/time.tsx';
import { useChange, useSessions } from './reads.ts';

const words = settingsTexts.sessions;

/** Where one is signed in; for an admin, where everybody is. */
export function SessionsSection() {
  const { data, error, refetch } = useSessions();
  const change = useChange('sessions');
  return (
    <Section title={words.title}>
      {data === undefined && error === null ? <LoadingRows rows={1} /> : null}
      {error === null ? null : <ProblemCard error={error} onRetry={() => void refetch()} />}
      {data?.items.length === 0 ? <Empty title={words.none} /> : null}
      {data?.items.map(({ id, user, from, userAgent, lastSeenAt, current }) => (
        <div key={id} className="card row">
          <strong className="name">{user}</strong>
          <span className="small grow">
            {words.from(from)} · <Time at={lastSeenAt} /> · <span className="name">{userAgent}</span>
          </span>
          {current ? (
            <StateBadge tone="good">{words.here}</StateBadge>
          ) : (
            <ActionButton
              variant="default"
              label={t.actions.about(words.revoke, `${user} ${words.from(from)}`)}
              onClick={() =>
                change.mutate({ method: 'DELETE', path: `/sessions/${id}`, done: words.revoked(user) })
              }
            >
              {words.revoke}
            </ActionButton>
          )}
        </div>
      ))}
    </Section>
  );
}
