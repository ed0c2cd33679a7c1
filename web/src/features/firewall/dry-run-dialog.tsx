import { useQuery } from '@tanstack/react-query';
import { request } from '../../api/request.ts';
import type { FirewallPlanned } from '../../api/types.ts';
import { firewallTexts } from '../../texts/en/firewall.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { LoadingRows, ProblemCard } from '../../ui/states.tsx';

/** What a sync would do now, without doing it. */
export function DryRunDialog({ name, onClose }: { readonly name: string; readonly onClose: () => void }) {
  const { data, error, refetch } = useQuery({
    queryKey: ['plan', name],
    queryFn: () => request<FirewallPlanned>('POST', `/firewalls/${encodeURIComponent(name)}/plan`, {}),
    gcTime: 0,
  });
  const plan = data?.plan;
  const isNothing = plan !== undefined && plan.add.length + plan.renew.length + plan.remove.length === 0;
  return (
    <Dialog wide title={firewallTexts.dryRunTitle(name)} onClose={onClose}>
      {plan === undefined && error === null ? <LoadingRows /> : null}
      {error === null ? null : <ProblemCard error={error} onRetry={() => void refetch()} />}
      {isNothing ? <p>✓ {firewallTexts.dryRunNothing}</p> : null}
      {plan === undefined ? null : (
        <>
          <Addresses title={firewallTexts.add} sign="+" addresses={plan.add} />
          <Addresses title={firewallTexts.renew} sign="~" addresses={plan.renew} />
          <Addresses title={firewallTexts.remove} sign="−" addresses={plan.remove} />
        </>
      )}
    </Dialog>
  );
}

function Addresses({
  title,
  sign,
  addresses,
}: {
  readonly title: string;
  readonly sign: string;
  readonly addresses: readonly string[];
}) {
  if (addresses.length === 0) return null;
  return (
    <section>
      <h3>
        {title} ({addresses.length})
      </h3>
      <ul className="plain diff">
        {addresses.map((address) => (
          <li key={address}>
            <code>
              {sign} {address}
            </code>
          </li>
        ))}
      </ul>
    </section>
  );
}
