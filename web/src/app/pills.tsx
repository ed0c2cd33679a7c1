import { Link } from '@tanstack/react-router';
import type { Firewall, Group } from '../api/types.ts';
import { roughSpan } from '../lib/format-time.ts';
import { t } from '../texts/texts.ts';
import { StateBadge } from '../ui/badge.tsx';
import { ENFORCEMENT_TONES, leastProtected } from '../ui/enforcement.ts';
import { useCountdown, useNow } from '../ui/time.tsx';

export function ModePill({ groups }: { readonly groups: readonly Group[] }) {
  const state = leastProtected(groups)?.enforcement.state;
  const paused = groups.find(({ enforcement }) => enforcement.state === 'paused');
  const left = useCountdown(state === 'paused' ? paused?.pausedUntil : undefined);
  return (
    <Link to="/" className="pill">
      {state === undefined ? (
        <StateBadge tone="soft">{t.mode.none}</StateBadge>
      ) : (
        <StateBadge tone={ENFORCEMENT_TONES[state]}>
          {left === '' ? t.mode[state] : t.mode.left(t.mode[state], left)}
        </StateBadge>
      )}
    </Link>
  );
}

export function SyncPill({ firewalls }: { readonly firewalls: readonly Firewall[] }) {
  const now = useNow();
  return (
    <Link to="/firewall" search={{}} className="pill">
      <SyncState firewalls={firewalls} now={now} />
    </Link>
  );
}

function SyncState({ firewalls, now }: { readonly firewalls: readonly Firewall[]; readonly now: number }) {
  if (firewalls.length === 0) return <StateBadge tone="bad">{t.sync.none}</StateBadge>;
  const down = firewalls.find(({ state }) => state === 'down');
  if (down !== undefined)
    return (
      <StateBadge tone="bad">{t.sync.down(roughSpan(Math.max(now - Date.parse(down.since), 0)))}</StateBadge>
    );
  if (firewalls.some(({ held }) => held !== undefined))
    return <StateBadge tone="warn">{t.sync.held}</StateBadge>;
  if (firewalls.some(({ state }) => state === 'behind'))
    return <StateBadge tone="warn">{t.sync.behind}</StateBadge>;
  if (firewalls.some(({ state }) => state === 'starting'))
    return <StateBadge tone="soft">{t.sync.starting}</StateBadge>;
  const oldest = Math.min(...firewalls.map(({ lastSuccessAt }) => Date.parse(lastSuccessAt ?? '1970-01-01')));
  return <StateBadge tone="good">{t.sync.up(roughSpan(Math.max(now - oldest, 0)))}</StateBadge>;
}
