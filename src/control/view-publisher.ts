import type { IpAddress } from '../base/ip-address.ts';
import { type Lease, type LeftOut, leaseKey } from '../ledger/lease.ts';
import type { ControlMessage, ViewChange } from '../plane/protocol.ts';

/** Changes of a held term smaller than this are rounding of a firewall's seconds, and not worth a message. */
const NOISE_MS = 1500;

export interface FirewallView {
  readonly groupIds: ReadonlySet<number>;
  readonly required: boolean;
  /** False until its table was read once in this run: before, nothing can be said of its groups. */
  readonly read: boolean;
  readonly held: ReadonlyMap<IpAddress, number>;
  readonly canConfirm: boolean;
}

export interface ViewPublisher {
  /** Works out what every name may be told now, and sends what changed; resolves when the workers have it in force. */
  publish(leases: Iterable<Lease>, firewalls: readonly FirewallView[]): Promise<void>;
  /** The same for what leads to these addresses, when nothing else has changed. */
  publishAt(
    addresses: Iterable<IpAddress>,
    ledger: { live(): Iterable<Lease>; ofAddress(address: IpAddress): Iterable<Lease> },
    firewalls: readonly FirewallView[],
  ): Promise<void>;
  /** These will not be opened: an answer that waits for them goes on without. */
  leaveOut(leftOut: readonly LeftOut[]): void;
  /** A worker took up with us that knows nothing yet, or what a former control plane told it: everything is sent anew. */
  startOver(): void;
}

/**
 * The intersection of what the ledger wants and what every required firewall was read back as holding, per name.
 * Of a group whose firewall was not read yet nothing is sent: after a restart of ours the workers go on answering from
 * what they were told before.
 */
export function createViewPublisher(send: (message: ControlMessage) => Promise<void>): ViewPublisher {
  let sent = new Map<string, ViewChange>();
  let sentHopeless: string | undefined;
  let hopelessNow: readonly number[] = [];
  let sentGroups: ReadonlySet<number> = new Set();
  /** Messages are put in force in their order, so the last one stands for all. */
  let inForce: Promise<void> = Promise.resolve();

  const publisher: ViewPublisher = {
    publish(leases, firewalls) {
      const groups = knownGroups(firewalls);
      const view = viewOf(leases, firewalls, groups);
      const changes: ViewChange[] = [];
      for (const [key, entry] of view) {
        const before = sent.get(key);
        if (before !== undefined && isSame(before.heldUntil, entry.heldUntil)) view.set(key, before);
        else changes.push(entry);
      }
      for (const [key, entry] of sent) if (!view.has(key)) changes.push({ ...entry, heldUntil: undefined });
      const whole = [...groups.difference(sentGroups)];
      const hopeless = hopelessGroups(firewalls);
      const isNews = changes.length + whole.length > 0 || hopeless.join() !== sentHopeless;
      sent = view;
      sentGroups = groups;
      sentHopeless = hopeless.join();
      hopelessNow = hopeless;
      if (isNews) inForce = send({ kind: 'view', whole, changes, hopeless });
      return inForce;
    },
    publishAt(addresses, ledger, firewalls) {
      const groups = knownGroups(firewalls);
      const leases = [...new Set(addresses)].flatMap((address) => [...ledger.ofAddress(address)]);
      // The worker must know of a group's whole view first.
      const isWhole = groups.symmetricDifference(sentGroups).size === 0;
      if (!isWhole || hopelessGroups(firewalls).join() !== sentHopeless)
        return publisher.publish(ledger.live(), firewalls);
      const changes = [...viewOf(leases, firewalls, groups)]
        .filter(([key, entry]) => !isSame(sent.get(key)?.heldUntil, entry.heldUntil))
        .map(([key, entry]) => {
          sent.set(key, entry);
          return entry;
        });
      if (changes.length > 0)
        inForce = send({ kind: 'view', whole: [], changes, hopeless: hopelessGroups(firewalls) });
      return inForce;
    },
    leaveOut(leftOut) {
      inForce = send({ kind: 'view', whole: [], changes: [], hopeless: hopelessNow, leftOut });
    },
    startOver() {
      sent = new Map();
      sentGroups = new Set();
      sentHopeless = undefined;
    },
  };
  return publisher;
}

function viewOf(
  leases: Iterable<Lease>,
  firewalls: readonly FirewallView[],
  groups: ReadonlySet<number>,
): Map<string, ViewChange> {
  const view = new Map<string, ViewChange>();
  for (const lease of leases) {
    const { groupId, name, address, until } = lease;
    if (!groups.has(groupId)) continue;
    const required = firewalls.filter((firewall) => firewall.required && firewall.groupIds.has(groupId));
    const held = required.map((firewall) => firewall.held.get(address));
    if (held.includes(undefined)) continue;
    const heldUntil = Math.min(until, ...held.filter((end) => end !== undefined));
    view.set(leaseKey(lease), { groupId, name, address, heldUntil });
  }
  return view;
}

/** Groups with a required firewall, all of whose required firewalls were read. */
function knownGroups(firewalls: readonly FirewallView[]): ReadonlySet<number> {
  const required = firewalls.filter((firewall) => firewall.required);
  const of = (some: readonly FirewallView[]) => new Set(some.flatMap(({ groupIds }) => [...groupIds]));
  return of(required).difference(of(required.filter(({ read }) => !read)));
}

function hopelessGroups(firewalls: readonly FirewallView[]): readonly number[] {
  const hopeless = firewalls.filter(({ required, canConfirm }) => required && !canConfirm);
  return [...new Set(hopeless.flatMap(({ groupIds }) => [...groupIds]))].sort((a, b) => a - b);
}

function isSame(before: number | undefined, after: number | undefined): boolean {
  return before === after || Math.abs((before ?? 0) - (after ?? 0)) < NOISE_MS;
}
