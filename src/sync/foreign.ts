import type { IpAddress } from '../base/ip-address.ts';
import type { Entries } from '../firewall/driver.ts';
import type { Desired } from './desired.ts';
import type { SyncPorts } from './ports.ts';

/** An address that was removed this often and is back has another writer: it is reported, not fought. */
const REMOVALS = 3;

/** Milliseconds: whoever has put nothing back for a day has stopped, and may try once more. */
const REMOVALS_REMEMBERED_MS = 24 * 3_600_000;

type ForeignPorts = Pick<
  SyncPorts,
  'clock' | 'log' | 'desired' | 'isNewAlias' | 'removalCause' | 'foundAtStart' | 'adopt'
>;

/** The table before and after a write. */
export interface Written {
  readonly current: Entries;
  readonly after: Entries;
  /** Added or renewed by us. */
  readonly written: ReadonlySet<IpAddress>;
  readonly removed: readonly IpAddress[];
}

/**
 * What is in the alias and known to nobody here.
 *
 *   there before us                    taken over for a day, and shown to a person
 *   ... an alias new to the ledger     the same with what has been leased since: it is older than its lease
 *   absent at the last full read       foreign: somebody added it since, and it is removed
 *   ... and back after three removals  another writer's: reported, and left alone
 *   its lease ended, and it was        the same, from the second removal on: the first was of what we had opened
 *   removed, and is back without us
 *   present at the last full read      nobody knows why it is there: only a person removes it
 */
export class ForeignEntries {
  readonly #ports: ForeignPorts;
  readonly #hasCause: (address: IpAddress) => boolean;
  /** How often each was removed, and when it was last seen or removed. */
  readonly #removals = new Map<IpAddress, { readonly count: number; readonly at: number }>();
  readonly #others = new Set<IpAddress>();
  readonly #foreign = new Set<IpAddress>();
  #lastRead: Entries | undefined;

  /** `hasCause`: it is known why the address may go. */
  constructor(ports: ForeignPorts, hasCause: (address: IpAddress) => boolean) {
    this.#ports = ports;
    this.#hasCause = hasCause;
  }

  /** True while it is not known what was there before us: at the first read of an alias, and of each run of ours. */
  get takesOver(): boolean {
    return this.#lastRead === undefined || this.#ports.isNewAlias();
  }

  /** Addresses that somebody else keeps putting back, as far as they are there. */
  get otherWriters(): ReadonlySet<IpAddress> {
    return this.#others;
  }

  /** True when nothing explains why the address is there: neither what is known of it now, nor why it may go. */
  isUnknown(address: IpAddress): boolean {
    // A lease that was opened and expired before the first read found the address there.
    if (this.#ports.isNewAlias()) return this.#ports.removalCause(address)?.urgent !== true;
    return !this.#hasCause(address);
  }

  /** Takes up a full read before anything is written; returns what is desired then. */
  see(current: Entries): Desired {
    if (this.takesOver) this.#ports.foundAtStart(current.keys());
    const desired = this.#ports.desired();
    const unknown = this.#unknownOf(current.keys(), desired);
    // A lease that was made since does not say who was told of the address before.
    if (this.#ports.isNewAlias()) unknown.push(...current.keys().filter((one) => isLeased(one, desired)));
    this.seeOpened(this.#removals.keys().filter((one) => desired.has(one)));
    if (!this.takesOver) {
      this.#remember(current, unknown);
      for (const address of this.#removals.keys())
        if (current.has(address) && this.isLeftAlone(address)) this.#leaveAlone(address);
      return desired;
    }
    const isNews = unknown.length > 0 || this.#ports.isNewAlias();
    // Not taken over, it is held for a person, and tried again with the next run.
    if (isNews && !this.#ports.adopt(unknown)) return desired;
    this.#remember(current, []);
    return unknown.length === 0 ? desired : this.#ports.desired();
  }

  /** These are our own by now, whoever else has put them there: what came before counts no more. */
  seeOpened(addresses: Iterable<IpAddress>): void {
    for (const address of addresses) {
      this.#removals.delete(address);
      this.#others.delete(address);
    }
  }

  /** Takes up the read after a write. */
  seeWritten({ current, after, written, removed }: Written): void {
    this.seeOpened(written);
    for (const address of removed) {
      if (after.has(address)) continue;
      // What has a cause to go was ours when it went first; gone, it comes back by somebody else.
      const before = this.#removals.get(address)?.count ?? (this.#hasCause(address) ? -1 : 0);
      const count = before + 1;
      this.#removals.set(address, { count, at: this.#ports.clock.now() });
    }
    if (this.#lastRead === undefined) return;
    const appeared = [...after.keys()].filter((address) => !current.has(address) && !written.has(address));
    this.#remember(after, appeared.length === 0 ? [] : this.#unknownOf(appeared, this.#ports.desired()));
  }

  /** True when somebody added it while we looked on: then it may go. */
  isForeign(address: IpAddress): boolean {
    return this.#foreign.has(address);
  }

  /** True when the address came back after the last removal we are willing to make. */
  isLeftAlone(address: IpAddress): boolean {
    return (this.#removals.get(address)?.count ?? 0) >= REMOVALS;
  }

  /** Said once, for as long as it stays. */
  #leaveAlone(address: IpAddress): void {
    if (!this.#others.has(address)) {
      this.#ports.log.warn(
        { address },
        'another writer keeps adding this address to the alias; it is left alone from now on',
      );
    }
    this.#others.add(address);
  }

  #remember(entries: Entries, unknown: readonly IpAddress[]): void {
    for (const address of unknown) if (this.#lastRead?.has(address) === false) this.#foreign.add(address);
    for (const address of this.#foreign) if (!entries.has(address)) this.#foreign.delete(address);
    for (const address of this.#others) if (!entries.has(address)) this.#others.delete(address);
    this.#lastRead = entries;
    const now = this.#ports.clock.now();
    for (const [address, { count, at }] of this.#removals) {
      if (entries.has(address)) this.#removals.set(address, { count, at: now });
      else if (now - at >= REMOVALS_REMEMBERED_MS) this.#removals.delete(address);
    }
  }

  #unknownOf(addresses: Iterable<IpAddress>, desired: Desired): IpAddress[] {
    const unknown: IpAddress[] = [];
    for (const address of addresses)
      if (!desired.has(address) && this.isUnknown(address)) unknown.push(address);
    return unknown;
  }
}

function isLeased(address: IpAddress, desired: Desired): boolean {
  const cause = desired.get(address)?.cause;
  return cause !== undefined && !OPENED_BY_HAND.has(cause);
}

/** What a person or a feed takes back must go at once. */
const OPENED_BY_HAND: ReadonlySet<string> = new Set(['pin', 'feed', 'sentinel']);
