import type { IpAddress } from '../base/ip-address.ts';
import { MultiMap } from '../base/multi-map.ts';
import { READ_NOISE_MS } from '../firewall/driver.ts';
import { type EndedLease, type Lease, type LeaseKey, type LeftOut, leaseKey } from '../ledger/lease.ts';
import type { ControlMessage, ViewChange } from '../plane/protocol.ts';

export interface FirewallView {
  readonly groupIds: ReadonlySet<number>;
  readonly required: boolean;
  /** False until its table was read once in this run: before, nothing can be said of its groups. */
  readonly read: boolean;
  readonly held: ReadonlyMap<IpAddress, number>;
  readonly canConfirm: boolean;
  /** It cannot confirm for no other reason than that its write budget is spent. */
  readonly overBudget: boolean;
}

/** What the view needs of the ledger. */
export interface ViewLedger {
  /** Each address of live leases. */
  addresses(): Iterable<IpAddress>;
  ofAddress(address: IpAddress): readonly Lease[];
  endedAt(address: IpAddress): readonly EndedLease[];
}

export interface ViewPublisher {
  /** Works out what every name may be told now, and sends what changed; resolves when the workers have it in force. */
  publish(): Promise<void>;
  /** The same for what leads to these addresses, when nothing else has changed. */
  publishAt(addresses: Iterable<IpAddress>): Promise<void>;
  /** These will not be opened: an answer that waits for them goes on without. */
  leaveOut(leftOut: readonly LeftOut[]): void;
  /** A worker took up with us that knows nothing yet, or what a former control plane told it: everything is sent anew. */
  startOver(): void;
}

export interface ViewPublisherDeps {
  readonly ledger: ViewLedger;
  readonly firewalls: () => readonly FirewallView[];
  readonly send: (message: ControlMessage) => Promise<void>;
}

/**
 * The intersection of what the ledger wants and what every required firewall was read back as holding, per name.
 *
 *   required firewalls of a group | what is sent
 *   all were read                 | the whole once, then changes
 *   some were read                | only withdrawals: what one of them does not hold
 *   none was read                 | nothing: after a restart of ours the workers answer from what they were told before
 */
export function createViewPublisher({ ledger, firewalls, send }: ViewPublisherDeps): ViewPublisher {
  let sent = nothingSent();
  let sentHopeless: Hopeless | undefined;
  let sentGroups: ReadonlySet<number> = new Set();
  /** Messages are put in force in their order, so the last one stands for all. */
  let inForce: Promise<void> = Promise.resolve();

  const publish = (addresses: Iterable<IpAddress> | 'all') => {
    const views = firewalls();
    const groups = requiredFirewalls(views);
    const known = new Set([...groups].flatMap(([id, required]) => (required.every(wasRead) ? [id] : [])));
    const whole = [...known.difference(sentGroups)];
    const everything = addresses === 'all' || whole.length > 0 || !sentGroups.isSubsetOf(known);
    const changes: ViewChange[] = [];
    // As long as no table was read and nothing was sent, there is nothing to say of any address: a start has thousands of them.
    const isMute = sentGroups.size === 0 && !views.some(wasRead);
    for (const address of isMute ? [] : everything ? allAddresses() : new Set(addresses)) {
      addChangesAt(address, groups, changes);
    }
    const hopeless = hopelessGroups(views);
    const isNews = changes.length + whole.length > 0 || !isSameHopeless(hopeless, sentHopeless);
    sentGroups = known;
    sentHopeless = hopeless;
    if (isNews) sendInPortions(whole, changes, hopeless);
    return inForce;
  };

  const sendInPortions = (whole: readonly number[], changes: readonly ViewChange[], hopeless: Hopeless) => {
    for (let at = 0; at === 0 || at < changes.length; at += PORTION) {
      const some = changes.length > PORTION ? changes.slice(at, at + PORTION) : changes;
      inForce = send({ kind: 'view', whole: at === 0 ? whole : [], changes: some, ...hopeless });
    }
  };

  const allAddresses = (): Set<IpAddress> => {
    const all = new Set(ledger.addresses());
    for (const address of sent.outerKeys()) all.add(address);
    return all;
  };

  const addChangesAt = (address: IpAddress, groups: RequiredFirewalls, changes: ViewChange[]) => {
    const sentHere = sent.of(address);
    const before = sentHere.length === 0 ? undefined : new Map(sentHere.map((one) => [leaseKey(one), one]));
    const withdrawn = (one: LeaseKey) => changes.push(withdrawalOf(one));
    const leases = ledger.ofAddress(address);
    for (const lease of leases) {
      const view = viewOf(lease, groups.get(lease.groupId) ?? []);
      if (view === 'missing') withdrawn(lease);
      if (typeof view === 'string') continue;
      const known = before?.get(leaseKey(lease));
      before?.delete(leaseKey(lease));
      if (known !== undefined && isSame(known, view)) continue;
      changes.push(view);
      sent.set(address, view);
    }
    for (const [key, entry] of before ?? []) {
      withdrawn(entry);
      sent.delete(address, key);
    }
    // What a former control plane told may have ended since: nobody here has sent it, and somebody may tell it.
    for (const ended of ledger.endedAt(address)) {
      if (!isHalfRead(groups.get(ended.groupId) ?? [])) continue;
      if (!leases.some((lease) => leaseKey(lease) === leaseKey(ended))) withdrawn(ended);
    }
  };

  return {
    publish: () => publish('all'),
    publishAt: (addresses) => publish(addresses),
    leaveOut(leftOut) {
      const hopeless = hopelessGroups(firewalls());
      sentHopeless = hopeless;
      inForce = send({ kind: 'view', whole: [], changes: [], ...hopeless, leftOut });
    },
    startOver() {
      sent = nothingSent();
      sentGroups = new Set();
      sentHopeless = undefined;
    },
  };
}

/** Changes of one message: the first are in force while the others are still under way, and no thread makes garbage of all of them at once. */
const PORTION = 1000;

function nothingSent(): MultiMap<IpAddress, string, ViewChange> {
  return new MultiMap((change) => leaseKey(change));
}

type RequiredFirewalls = ReadonlyMap<number, readonly FirewallView[]>;

/** unknown: its group is not spoken of yet. missing: a firewall was read that does not hold it. */
function viewOf(lease: Lease, required: readonly FirewallView[]): ViewChange | 'unknown' | 'missing' {
  const { groupId, name, address } = lease;
  let heldUntil = lease.until;
  for (const firewall of required) {
    const until = firewall.held.get(address);
    if (until !== undefined) heldUntil = Math.min(heldUntil, until);
    else if (firewall.read) return isHalfRead(required) ? 'missing' : 'unknown';
  }
  return required.length > 0 && required.every(wasRead) ? { groupId, name, address, heldUntil } : 'unknown';
}

function withdrawalOf({ groupId, name, address }: LeaseKey): ViewChange {
  return { groupId, name, address, heldUntil: undefined };
}

function requiredFirewalls(firewalls: readonly FirewallView[]): RequiredFirewalls {
  const groups = new Map<number, FirewallView[]>();
  for (const firewall of firewalls) {
    if (!firewall.required) continue;
    for (const id of firewall.groupIds) groups.set(id, [...(groups.get(id) ?? []), firewall]);
  }
  return groups;
}

function wasRead({ read }: FirewallView): boolean {
  return read;
}

function isHalfRead(required: readonly FirewallView[]): boolean {
  return required.some(wasRead) && !required.every(wasRead);
}

type Hopeless = Pick<Extract<ControlMessage, { kind: 'view' }>, 'hopeless' | 'overBudget'>;

function hopelessGroups(firewalls: readonly FirewallView[]): Hopeless {
  const blocking = firewalls.filter(({ required, canConfirm }) => required && !canConfirm);
  if (blocking.length === 0) return NONE_HOPELESS;
  const broken = groupsOf(blocking.filter(({ overBudget }) => !overBudget));
  const hopeless = groupsOf(blocking);
  const overBudget = hopeless.filter((id) => !broken.includes(id));
  return { hopeless, ...(overBudget.length > 0 && { overBudget }) };
}

/** Asked with every change, and mostly there is nothing to compare. */
const NONE_HOPELESS: Hopeless = { hopeless: [] };

function isSameHopeless(one: Hopeless, other: Hopeless | undefined): boolean {
  return one === other || (other !== undefined && JSON.stringify(one) === JSON.stringify(other));
}

function groupsOf(firewalls: readonly FirewallView[]): readonly number[] {
  return [...new Set(firewalls.flatMap(({ groupIds }) => [...groupIds]))].sort((a, b) => a - b);
}

function isSame(before: ViewChange, after: ViewChange): boolean {
  const [was, is] = [before.heldUntil, after.heldUntil];
  return was === is || Math.abs((was ?? 0) - (is ?? 0)) < READ_NOISE_MS;
}
