import { useStatus } from '../../api/reads.ts';
import { t } from '../../texts/texts.ts';
import { useTitle } from '../../ui/page-title.ts';
import { Section } from '../../ui/section.tsx';
import { Empty, LoadingRows, ProblemCard } from '../../ui/states.tsx';
import { Doctor } from './doctor.tsx';
import { FirewallCard } from './firewall-card.tsx';
import { OpenAddresses } from './open-addresses.tsx';

/** What the firewalls hold, whether that is what it should be, and why each address is open. */
export function FirewallScreen() {
  useTitle(t.firewall.title);
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
      <h1>{t.firewall.title}</h1>
      <Section title={t.firewall.cards}>
        <div className="cards">
          {status.firewalls.map((firewall) => (
            <FirewallCard key={firewall.name} firewall={firewall} />
          ))}
        </div>
        {status.firewalls.length === 0 ? <Empty title={t.firewall.none}>{t.firewall.noneText}</Empty> : null}
      </Section>
      <Doctor />
      <OpenAddresses />
    </>
  );
}
