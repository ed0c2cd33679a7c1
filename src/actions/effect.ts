import { type DomainName, parseDomainName } from '../base/domain-name.ts';
import type { IpAddress } from '../base/ip-address.ts';
import { ownerDomain } from '../base/public-suffix.ts';
import type { ActionDeps } from './deps.ts';
import { latencyNote } from './firewall-words.ts';
import type { FirewallReport, OpenAddress } from './ports.ts';

/** What a change had done by the time every data-plane worker knew it. */
export interface Effect {
  /** News of the same change go on under it. */
  readonly id: string;
  readonly epoch: number;
  /** Open for the names concerned, or closed by the change. */
  readonly addresses: readonly IpAddress[];
  /** Of these, the ones that a firewall of the group takes away: nothing there has them open any more. */
  readonly closed: readonly IpAddress[];
  /** What the change would have closed, and why a firewall of the group keeps it. */
  readonly staysOpen: readonly Pick<OpenAddress, 'address' | 'group' | 'cause' | 'name'>[];
  readonly firewalls: readonly FirewallEffect[];
  /** Which of the addresses are open for names of others too, as far as that is known from what is open. */
  readonly shared: readonly { readonly address: IpAddress; readonly names: readonly string[] }[];
}

/** How far one firewall of the group has followed. */
export interface FirewallEffect {
  readonly name: string;
  /**
   * unaffected: there is nothing to open or to close there so far. pending: it is yet to be read as it should be.
   * confirmed: it was. unenforced: it was, but it stops no packet, or no rule uses its alias. error: it does not answer.
   */
  readonly state: 'unaffected' | 'pending' | 'confirmed' | 'unenforced' | 'error';
  /** Milliseconds from the change until it was read as it should be. */
  readonly ms?: number;
  /** Present for a slow firewall: how long a new address takes to open. */
  readonly note?: string;
  /** Why it does not answer. */
  readonly problem?: string;
}

export interface Concern {
  /** Absent: the change is about all groups. */
  readonly group?: string;
  /** The rule that was made or ended. */
  readonly rule?: number;
  /** The names the change is about; absent: none in particular. */
  readonly covers?: (name: DomainName) => boolean;
  /** The change opened these addresses, whatever name leads to them. */
  readonly opens?: readonly IpAddress[];
  /** The change took back what had these addresses open. */
  readonly closes?: readonly IpAddress[];
}

type EffectDeps = Pick<ActionDeps, 'clock' | 'policy' | 'sync' | 'leases' | 'news'>;

/** Puts what was just written in force: policy to every worker, then a sync; says where that leaves the firewalls. */
export async function takeEffect(
  { clock, policy, sync, leases, news }: EffectDeps,
  concern: Concern,
): Promise<Effect> {
  const { group, opens = [], closes = [] } = concern;
  const at = clock.now();
  const { epoch, ended } = await policy.reload();
  sync.nudge();

  const live = leases.live({});
  const open = openFor(concern, live);
  const left = new Set([...ended, ...closes]);
  const others = live.filter(({ address }) => left.has(address));
  const firewalls = firewallsOf(sync, group).map((firewall) => ({
    firewall,
    closed: closedOn(firewall.groups, left, others),
  }));
  // Without a firewall it is closed for the names of the group all the same.
  const closed =
    firewalls.length === 0
      ? closedOn(group === undefined ? live.map((one) => one.group) : [group], left, others)
      : firewalls.flatMap((one) => one.closed);
  const served = new Set([
    ...(group === undefined ? [] : [group]),
    ...firewalls.flatMap(({ firewall }) => firewall.groups),
  ]);

  const effect: Effect = {
    id: `${at.toString(36)}-${epoch}`,
    epoch,
    addresses: [...new Set([...opens, ...open.map((lease) => lease.address), ...closed])],
    closed: [...new Set(closed)],
    staysOpen: others
      .filter((one) => served.has(one.group) && !open.includes(one))
      .map(({ address, group: of, cause, name }) => ({ address, group: of, cause, name })),
    firewalls: firewalls.map((one) => effectOn(one.firewall, { sync, open, closed: one.closed, since: at })),
    shared: sharedWith(open, live),
  };
  news.tell({ kind: 'effect', effect, concern, at });
  return effect;
}

/** Where the firewalls are by now with a change that was made before. */
export function reviewEffect(
  { sync, leases }: Pick<ActionDeps, 'sync' | 'leases'>,
  { effect, concern, at }: { readonly effect: Effect; readonly concern: Concern; readonly at: number },
): Pick<Effect, 'addresses' | 'firewalls'> {
  const live = leases.live({});
  const open = openFor(concern, live);
  return {
    addresses: [...new Set([...open.map(({ address }) => address), ...effect.closed])],
    firewalls: firewallsOf(sync, concern.group).map((firewall) => {
      // What has been opened since for another reason stays, and is waited for no longer.
      const closed = closedOn(firewall.groups, new Set(effect.closed), live);
      return effectOn(firewall, { sync, open, closed, since: at });
    }),
  };
}

function firewallsOf(sync: ActionDeps['sync'], group: string | undefined): readonly FirewallReport[] {
  return sync.state().filter((firewall) => group === undefined || firewall.groups.includes(group));
}

function openFor(concern: Concern, live: readonly OpenAddress[]): readonly OpenAddress[] {
  return live.filter((one) => (concern.group ?? one.group) === one.group && isConcerned(concern, one));
}

function isConcerned({ covers, opens }: Concern, { address, cause, name }: OpenAddress): boolean {
  if (opens !== undefined) return opens.includes(address);
  // The name of what was opened by hand is a note.
  return covers !== undefined && isNamed(cause) && covers(parseDomainName(name));
}

function isNamed(cause: OpenAddress['cause']): boolean {
  return cause !== 'pin' && cause !== 'feed' && cause !== 'adopted';
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

interface OnFirewall {
  readonly sync: Pick<ActionDeps['sync'], 'holds'>;
  readonly open: readonly OpenAddress[];
  readonly closed: readonly IpAddress[];
  readonly since: number;
}

function effectOn(firewall: FirewallReport, on: OnFirewall): FirewallEffect {
  const { name, status } = firewall;
  const state = stateOn(firewall, on);
  const note = latencyNote(firewall);
  const isThere = state === 'confirmed' || state === 'unenforced';
  return {
    name,
    state,
    ...(isThere ? { ms: Math.max((status.lastRun?.finishedAt ?? 0) - on.since, 0) } : {}),
    ...(note === undefined ? {} : { note }),
    ...(state === 'error' && status.lastError !== undefined ? { problem: status.lastError } : {}),
  };
}

function stateOn(firewall: FirewallReport, { sync, open, closed }: OnFirewall): FirewallEffect['state'] {
  const { name, connected, status, enforces, ruleUse } = firewall;
  if (!connected || status.state === 'down') return 'error';
  if (open.length + closed.length === 0) return 'unaffected';

  const holdsAll = open.every(({ firewalls }) =>
    firewalls.some((one) => one.name === name && (one.state === 'confirmed' || one.state === 'held')),
  );
  if (!holdsAll || closed.some((address) => sync.holds(name, address))) return 'pending';
  return enforces && ruleUse !== 'unused' ? 'confirmed' : 'unenforced';
}

/** Names of another owner that lead to the same address: whoever runs a host there can be reached too. */
function sharedWith(open: readonly OpenAddress[], live: readonly OpenAddress[]): Effect['shared'] {
  const owners = Map.groupBy(open, ({ address }) => address);
  const others = Map.groupBy(
    live.filter(
      (one) =>
        isNamed(one.cause) &&
        owners.get(one.address)?.every((own) => ownerDomain(own.name) !== ownerDomain(one.name)) === true,
    ),
    ({ address }) => address,
  );
  return [...others].map(([address, leases]) => ({
    address,
    names: [...new Set(leases.map(({ name }) => name))].slice(0, SHARED_NAMES),
  }));
}

/** Of each address; enough to see what else is there. */
const SHARED_NAMES = 10;
