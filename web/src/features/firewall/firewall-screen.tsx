import { useStatus } from '../../api/reads.ts';
import { firewallTexts } from '../../texts/en/firewall.ts';
import { useTitle } from '../../ui/page-title.ts';
import { Section } from '../../ui/section.tsx';
import { Empty, LoadingRows, ProblemCard } from '../../ui/states.tsx';
import { useCountdown } from '../../ui/time.tsx';
import { Activity } from './activity.tsx';
import { Doctor } from './doctor.tsx';
import { FirewallCard } from './firewall-card.tsx';
import { OpenAddresses } from './open-addresses.tsx';

/** What the firewalls hold, whether that is what it should be, and why each address is open. */
export function FirewallScreen() {
  useTitle(firewallTexts.title);
  const { data: status, error, refetch } = useStatus();
  if (status === undefined) {
    return error === null ? (
      <LoadingRows rows={3} height={140} />
    ) : (
      <ProblemCard error={error} onRetry={() => void refetch()} />
    );
  }
  return (
    <>
      <h1>{firewallTexts.title}</h1>
      <Section title={firewallTexts.cards} aside={<NextRun at={status.nextRunAt} />}>
        <div className="cards">
          {status.firewalls.map((firewall) => (
            <FirewallCard key={firewall.name} firewall={firewall} />
          ))}
        </div>
        {status.firewalls.length === 0 ? (
          <Empty title={firewallTexts.none}>{firewallTexts.noneText}</Empty>
        ) : null}
      </Section>
      <Activity firewalls={status.firewalls} />
      <Doctor />
      <OpenAddresses status={status} />
    </>
  );
}

/** The schedule reads every table in full; what a change needs does not wait for it. */
function NextRun({ at }: { readonly at: string | undefined }) {
  const left = useCountdown(at);
  return at === undefined ? null : <span className="numbers">{firewallTexts.nextRun(left)}</span>;
}
