import type { Why } from '../../api/types.ts';
import { Time } from '../../ui/time.tsx';

type Leases = NonNullable<Why['address']>['leases'];

/** What was opened, when, by whom, and what became of it. */
export function LeaseTrail({ title, leases }: { readonly title: string; readonly leases: Leases }) {
  if (leases.length === 0) return null;
  return (
    <details>
      <summary>
        {title} ({leases.length})
      </summary>
      <ul className="plain">
        {leases.slice(0, MOST).map((lease) => (
          <li key={`${lease.group} ${lease.name} ${lease.address} ${lease.startedAt}`}>
            <code>{lease.address}</code> · {lease.name} · <Time at={lease.startedAt} />
            {lease.approvedBy === undefined ? null : ` · ${lease.approvedBy}`}
            {lease.note === undefined || lease.note === '' ? null : ` · ${lease.note}`}
            <div className="small">{lease.next}</div>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** Rows of each list; `sallyport why` has all of them. */
const MOST = 10;
