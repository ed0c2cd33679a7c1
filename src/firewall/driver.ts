/**
 * What a firewall is to Sallyport: something that holds named sets of addresses and can say what it holds.
 *
 *   sync ──read()──▶ driver ──▶ the live table
 *        ◀─entries──
 *   sync ──apply(changes)──▶ driver ──▶ the firewall's own way of changing a table
 *   sync ──read()──▶ ...and only what this second read shows counts as open
 *
 * Drivers are dumb: they read and apply, and never decide. Kinds of firewall live in folders beside this file.
 */
import type { IpAddress, Prefix } from '../base/ip-address.ts';

/** One alias on one firewall. Calls are never made two at a time: the caller keeps a single flight. */
export interface Driver {
  readonly capabilities: Capabilities;
  /** What the alias holds now, from the live table, never from a cache. Throws rather than guess that a table is empty. */
  read(signal: AbortSignal): Promise<Entries>;
  /** What the last read showed that is more than one address, as the firewall writes it: read() leaves it out. Present where an alias can hold such. */
  readonly wider?: () => readonly string[];
  /** Applies all of the changes or throws; applying the same changes twice is harmless. Success proves nothing: read again. */
  apply(changes: AliasChanges, signal: AbortSignal): Promise<void>;
  /** Looks at everything an owner can get wrong, one finding each, without changing anything. */
  examine(signal: AbortSignal): Promise<readonly Finding[]>;
  /**
   * Adds what it is handed, and takes the next of them only when it can make that call now: whoever hands them out may
   * end at any. Present where an address is a call of its own, and thousands take a minute.
   */
  readonly addEach?: (additions: Iterable<Addition>, signal: AbortSignal) => Promise<void>;
  /**
   * Adds these, of which none is known to be there, and tells what the table holds of them. Present where the firewall
   * answers for what it has committed, and where that costs the same however much the alias holds.
   */
  readonly open?: (additions: readonly Addition[], signal: AbortSignal) => Promise<Entries>;
  /**
   * True when an earlier change was stored and never took effect; `current` is what was just read. apply() finishes or
   * undoes it, also when nothing else is to be changed. Present where the two can fall apart.
   */
  readonly leftover?: (current: Entries, signal: AbortSignal) => Promise<boolean>;
  /** Writes made so far, each of which cost the owner something. Present where they do. */
  readonly writes?: () => number;
  /** Cuts what these clients have open to the addresses. Present where the owner asked for it, and the firewall can. */
  readonly killStates?: (
    addresses: readonly IpAddress[],
    clients: readonly Prefix[],
    signal: AbortSignal,
  ) => Promise<void>;
  /** Makes the alias where it is missing. Present where an API can; never done by itself, it changes the box for good. */
  readonly createAlias?: (signal: AbortSignal) => Promise<void>;
  /** Present where the firewall fetches a list of ours instead of being written to. */
  readonly served?: ServedList;
  close(): Promise<void>;
}

export interface Capabilities {
  /** table: a read shows what the packet filter holds. pull: we only know who fetched our list. none: nothing is known. */
  readonly confirms: 'table' | 'pull' | 'none';
  /** False for a stand-in that stops no packet; such a firewall is never called enforcing. */
  readonly enforces: boolean;
  /** True when entries end by themselves on the firewall, and so need renewing. */
  readonly expires: boolean;
  /** True when entries may carry a packet count; some firewalls count only where the owner asked them to. */
  readonly counters: boolean;
  /** Present where every write costs the owner something (config revisions, filter reloads): writes come out of this budget. */
  readonly writeBudget?: { readonly burst: number; readonly refillMs: number };
  /** Typical milliseconds from apply() to a read that shows it; shown to people, and compared with the hold limit. */
  readonly typicalLatencyMs: number;
}

/** Milliseconds: firewalls count in whole seconds, and each read rounds anew; an end that moved by less has not moved. */
export const READ_NOISE_MS = 1500;

export type Entries = ReadonlyMap<IpAddress, Entry>;

export interface Entry {
  /** Milliseconds until the firewall drops the entry by itself; absent when it never does. */
  readonly expiresInMs?: number;
  /** Packets seen to or from the address since it was added. */
  readonly packets?: number;
  /** False: it stands in the list we serve, and the firewall has not fetched that yet. */
  readonly fetched?: boolean;
}

/** The list a firewall fetches, and who did. */
export interface ServedList {
  /** What stands in it now; whether that is all of it, the sync knows. */
  readonly addresses: ReadonlySet<IpAddress>;
  /** How many the firewall does not hold yet, and how many it still holds, as far as its last fetch tells. */
  readonly waiting: { readonly opening: number; readonly closing: number };
  /** True for where the firewall fetches from; others must not be given the list. */
  isExpected(source: IpAddress): boolean;
  /** The firewall was sent all of these, or has told that it holds them already. */
  noteFetch(addresses: ReadonlySet<IpAddress>, source: IpAddress, agent: string | undefined): void;
  /** What it took before the start; it counts where that is not so long ago that nobody may be there any more. */
  restoreFetch(addresses: ReadonlySet<IpAddress>, fetch: Fetch): void;
  /** Undefined: nobody since the start, or shortly before it. */
  readonly lastFetch: Fetch | undefined;
  /** True when nobody has fetched it for so long that nobody may be there who would. */
  isLate(): boolean;
}

export interface Fetch {
  readonly at: number;
  readonly source: IpAddress;
  /** What it calls itself, fit to be shown. */
  readonly agent: string;
}

export interface AliasChanges {
  readonly add: readonly Addition[];
  /** Present already, but ending too soon; only for drivers whose entries expire. */
  readonly renew: readonly Addition[];
  readonly remove: readonly IpAddress[];
}

export interface Addition {
  readonly address: IpAddress;
  /** Milliseconds from now after which the address may close; ignored where entries do not expire. */
  readonly forMs: number;
}

/** One line of the doctor's checklist. */
export interface Finding {
  readonly check: 'reachable' | 'key' | 'version' | 'alias' | 'rule-uses-alias' | 'privileges';
  /** unknown: this firewall cannot tell us, the owner has to look. */
  readonly result: 'ok' | 'failed' | 'unknown';
  readonly detail: string;
  readonly remedy?: string;
}
