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
  /** Of these, the ones that a firewall of the group takes away: nothing there has them open any more. */
  readonly closed: readonly IpAddress[];
  /** What the change would have closed, and why a firewall of the group keeps it. */
  readonly staysOpen: readonly Pick<OpenAddress, 'address' | 'group' | 'cause' | 'name'>[];
  readonly firewalls: readonly {
    readonly name: string;
    readonly state: 'in-sync' | 'pending' | 'down';
    /** Present for a slow firewall: how long a new address takes to open. */
    readonly note?: string;
  }[];
}

export interface Concern {
  /** Absent: the change is about all groups. */
  readonly group?: string;
  /** The names the change is about; absent: none in particular. */
  readonly covers?: (name: DomainName) => boolean;
  /** The change opened this address, whatever name leads to it. */
  readonly opens?: IpAddress;
  /** The change took back what had this address open. */
  readonly closes?: IpAddress;
}

/** Puts what was just written in force: policy to every worker, then a sync; says where that leaves the firewalls. */
export async function takeEffect(
  { policy, sync, leases }: Pick<ActionDeps, 'policy' | 'sync' | 'leases'>,
  concern: Concern,
): Promise<Effect> {
  const { group, opens, closes } = concern;
  const { epoch, ended } = await policy.reload();
  sync.nudge();

  const live = leases.live({});
  const open = live.filter((one) => (group ?? one.group) === one.group && isConcerned(concern, one));
  const left = new Set([...ended, ...(closes === undefined ? [] : [closes])]);
  const others = live.filter(({ address }) => left.has(address));
  const firewalls = sync
    .state()
    .filter((firewall) => group === undefined || firewall.groups.includes(group))
    .map((firewall) => ({ firewall, closed: closedOn(firewall.groups, left, others) }));
  // Without a firewall it is closed for the names of the group all the same.
  const closed =
    firewalls.length === 0
      ? closedOn(group === undefined ? live.map((one) => one.group) : [group], left, others)
      : firewalls.flatMap((one) => one.closed);
  const served = new Set([
    ...(group === undefined ? [] : [group]),
    ...firewalls.flatMap(({ firewall }) => firewall.groups),
  ]);

  return {
    epoch,
    addresses: [
      ...new Set([...(opens === undefined ? [] : [opens]), ...open.map((lease) => lease.address), ...closed]),
    ],
    closed: [...new Set(closed)],
    staysOpen: others
      .filter((one) => served.has(one.group) && !open.includes(one))
      .map(({ address, group: of, cause, name }) => ({ address, group: of, cause, name })),
    firewalls: firewalls.map((one) => effectOn(one.firewall, open, one.closed)),
  };
}

function isConcerned({ covers, opens }: Concern, { address, cause, name }: OpenAddress): boolean {
  if (opens !== undefined) return address === opens;
  // The name of what was opened by hand is a note.
  return covers !== undefined && cause !== 'pin' && cause !== 'feed' && covers(parseDomainName(name));
}

/** An alias holds an address for as long as one of its groups has it open. */
function closedOn(
  groups: readonly string[],
  left: ReadonlySet<IpAddress>,
  live: readonly OpenAddress[],
): readonly IpAddress[] {
  const kept = new Set(live.filter((one) => groups.includes(one.group)).map(({ address }) => address));
  return [...left].filter((address) => !kept.has(address));
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
