import { type DomainName, parseDomainName } from '../base/domain-name.ts';
import type { IpAddress } from '../base/ip-address.ts';
import type { ActionDeps } from './deps.ts';
import { latencyNote } from './firewall-words.ts';
import type { FirewallReport, OpenAddress } from './ports.ts';

/** What a change had done by the time every data-plane worker knew it. */
export interface Effect {
  readonly epoch: number;
  /** Open for the names concerned, or closed by the change. */
  readonly addresses: readonly IpAddress[];
  readonly firewalls: readonly {
    readonly name: string;
    readonly state: 'in-sync' | 'pending' | 'down';
    /** Present for a slow firewall: how long a new address takes to open. */
    readonly note?: string;
  }[];
}

export interface Concern {
  readonly group: string;
  /** The names the change is about; absent: none in particular. */
  readonly covers?: (name: DomainName) => boolean;
  /** The change is about this address, and no name. */
  readonly address?: IpAddress;
}

/** Puts what was just written in force: policy to every worker, then a sync; says where that leaves the firewalls. */
export async function takeEffect(
  { policy, sync, leases }: Pick<ActionDeps, 'policy' | 'sync' | 'leases'>,
  { group, covers, address }: Concern,
): Promise<Effect> {
  const { epoch, closed: ended } = await policy.reload();
  sync.nudge();

  const open = openFor(leases, { group, ...(covers && { covers }), ...(address && { address }) });
  // Nothing has it open any more, and the sync that takes it away has only been asked for.
  const closed = address === undefined || open.length > 0 ? ended : [...new Set([...ended, address])];
  return {
    epoch,
    addresses: [...new Set([...open.map((lease) => lease.address), ...closed])],
    firewalls: sync
      .state()
      .filter((firewall) => firewall.groups.includes(group))
      .map((firewall) => effectOn(firewall, open, closed)),
  };
}

function openFor(leases: ActionDeps['leases'], { group, covers, address }: Concern): readonly OpenAddress[] {
  if (address !== undefined) return leases.live({ group, address });
  if (covers === undefined) return [];
  // The name of what was opened by hand is a note.
  return leases
    .live({ group })
    .filter(({ cause, name }) => cause !== 'pin' && cause !== 'feed' && covers(parseDomainName(name)));
}

function effectOn(
  firewall: FirewallReport,
  open: readonly OpenAddress[],
  closed: readonly IpAddress[],
): Effect['firewalls'][number] {
  const note = latencyNote(firewall);
  return {
    name: firewall.name,
    state: stateFor(firewall, open, closed),
    ...(note === undefined ? {} : { note }),
  };
}

function stateFor(firewall: FirewallReport, open: readonly OpenAddress[], closed: readonly IpAddress[]) {
  if (!firewall.connected || firewall.status.state === 'down') return 'down';
  const confirmed = open.every((lease) =>
    lease.firewalls.some(
      (on) => on.name === firewall.name && (on.state === 'confirmed' || on.state === 'held'),
    ),
  );
  return confirmed && closed.length === 0 ? 'in-sync' : 'pending';
}
