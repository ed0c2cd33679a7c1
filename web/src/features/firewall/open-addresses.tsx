import { SegmentedControl } from '@mantine/core';
import '@mantine/core/styles/FloatingIndicator.css';
import '@mantine/core/styles/SegmentedControl.css';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useLeases } from '../../api/reads.ts';
import type { Status } from '../../api/types.ts';
import { firewallTexts } from '../../texts/en/firewall.ts';
import { Section } from '../../ui/section.tsx';
import { Difference } from './difference.tsx';
import { Earlier } from './earlier.tsx';
import './firewall.css';
import { OpenNow } from './open-now.tsx';
import { FIREWALL_VIEWS, type FirewallSearch, type FirewallView } from './search.ts';

/** What can be reached, and why: now, where a firewall differs from it, and at an earlier time. */
export function OpenAddresses({ status }: { readonly status: Status }) {
  const { view = 'now' } = useSearch({ from: '/firewall' });
  const navigate = useNavigate({ from: '/firewall' });
  const leases = useLeases();
  return (
    <Section
      title={firewallTexts.open}
      aside={
        // As the Overview counts them: one that is open for two groups is one address.
        leases.data === undefined
          ? null
          : firewallTexts.openCount(new Set(leases.data.items.map(({ address }) => address)).size)
      }
    >
      <SegmentedControl
        aria-label={firewallTexts.view}
        value={view}
        onChange={(value) => {
          const chosen = FIREWALL_VIEWS.find((one) => one === value && one !== 'now');
          void navigate({
            search: (before: FirewallSearch) => ({ ...before, view: chosen as FirewallView | undefined }),
            replace: true,
          });
        }}
        data={FIREWALL_VIEWS.map((value) => ({ value, label: firewallTexts.views[value] }))}
        className="views"
      />
      {view === 'now' ? <OpenNow leases={leases} groups={status.groups.map(({ name }) => name)} /> : null}
      {view === 'difference'
        ? status.firewalls.map((firewall) => <Difference key={firewall.name} firewall={firewall} />)
        : null}
      {view === 'earlier' ? <Earlier /> : null}
    </Section>
  );
}
