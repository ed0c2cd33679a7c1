import type { DoctorPort } from '../actions/ports.ts';
import type { Clock } from '../base/clock.ts';
import { ownAddresses } from '../base/own-addresses.ts';
import { readIfThere } from '../base/read-if-there.ts';
import type { Firewalls } from './firewalls.ts';
import type { Health } from './health.ts';
import { knock } from './knock.ts';
import { askListener } from './self-test.ts';
import { defaultGateways } from './status-warnings.ts';
import { createFirewallTrials } from './try-firewall.ts';

/** What the doctor looks at besides what everybody may see. */
export function doctorPort(
  firewalls: Pick<Firewalls, 'byName'>,
  health: () => Health,
  clock: Clock,
): DoctorPort {
  return {
    async knock(name) {
      const { reach } = firewalls.byName(name).spec;
      return reach === undefined ? undefined : knock(reach);
    },
    unexplained: (name) => firewalls.byName(name).unexplained(),
    roundTrip: (name, address) => firewalls.byName(name).roundTrip(address),
    machine: () => ({
      wallMs: Date.now(),
      addresses: ownAddresses(),
      resolvConf: readIfThere('/etc/resolv.conf'),
      resolvedConf: readIfThere('/run/systemd/resolve/resolv.conf'),
      listeners: health().listeners.filter(({ protocol }) => protocol === 'udp'),
      gateways: defaultGateways(),
    }),
    askListener,
    tryFirewall: createFirewallTrials(clock),
  };
}
