import { Link } from '@tanstack/react-router';
import type { Firewall } from '../api/types.ts';
import { t } from '../texts/texts.ts';
import { useNow } from '../ui/time.tsx';

/** Tells whoever looks at any screen of a firewall that is gone; no time in it that counts on, which would be read out again and again. */
export function FirewallAlarm({ firewalls }: { readonly firewalls: readonly Firewall[] }) {
  const now = useNow();
  const gone = firewalls.filter(
    ({ state, since }) => state === 'down' && now - Date.parse(since) >= ALARM_MS,
  );
  if (gone.length === 0) return null;
  return (
    <div role="alert">
      {gone.map(({ name }) => (
        <p key={name} className="banner">
          <span aria-hidden="true">!</span> <span>{t.sync.gone(name)}</span>{' '}
          <Link to="/firewall" search={{}}>
            {t.sync.see}
          </Link>
        </p>
      ))}
    </div>
  );
}

/** Milliseconds without an answer. */
const ALARM_MS = 60_000;
