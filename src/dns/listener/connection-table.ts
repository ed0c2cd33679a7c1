/**
 * All TCP connections, of every listener: who has how many, and who has to go when there are too many.
 *
 *   a client at its limit     its own idlest connection makes room; all busy: the newcomer goes
 *   the house is full         the idlest connection of the client that has most makes room (RFC 7766 section 6.2.2)
 */
import type { IpAddress } from '../../base/ip-address.ts';
import { clientKey } from '../limits/client-key.ts';

const CLOSE_REASONS = [
  /** The client left, or had all its answers after it closed its side. */
  'client',
  /** Nothing was asked or answered for too long. */
  'idle',
  /** A message was begun and not finished in time. */
  'half-message',
  /** Answers were not read in time, or too many of them. */
  'unread',
  /** What came was shorter than a DNS header. */
  'not-dns',
  /** Had to make room for another connection. */
  'crowded',
  /** All connections together held too much memory, and this one wanted more. */
  'memory',
  /** The connection was reset, or the network failed. */
  'trouble',
  'stopping',
] as const;
export type CloseReason = (typeof CLOSE_REASONS)[number];

/** Since the start, but for `open`. */
export interface TcpCounters {
  readonly open: number;
  readonly accepted: number;
  readonly refused: number;
  readonly closed: Readonly<Partial<Record<CloseReason, number>>>;
}

export interface TableLimits {
  /** Connections at once from one client; it must not starve the others (RFC 7766 section 6.2.2). */
  readonly connectionsPerClient: number;
  readonly connections: number;
  /** Octets that all connections together may hold: questions not yet complete, and answers not yet read. */
  readonly heldOctets: number;
}

export interface TableEntry {
  /** True while a question of it is under way. */
  isBusy(): boolean;
  /** Clock time of the last whole message in or answer out. */
  activeAt(): number;
  end(reason: CloseReason): void;
}

export interface ConnectionTable {
  /** Makes room for a connection; false when there is none to be made, and it must be refused. */
  makeRoom(client: IpAddress): boolean;
  add(client: IpAddress, entry: TableEntry): void;
  /** Only the first call for an entry counts. */
  remove(entry: TableEntry, reason: CloseReason): void;
  /** Octets more (or fewer) that a connection holds; false when that is too much for all together. */
  hold(octets: number): boolean;
  heldOctets(): number;
  counters(): TcpCounters;
}

export function createConnectionTable(limits: TableLimits): ConnectionTable {
  const owners = new Map<TableEntry, string>();
  const clients = new Map<string, Set<TableEntry>>();
  const closed = Object.fromEntries(CLOSE_REASONS.map((reason) => [reason, 0])) as Record<
    CloseReason,
    number
  >;
  let accepted = 0;
  let refused = 0;
  let held = 0;

  /** The largest client gives way first; where that would be unfair, whoever has been idle for longest. */
  const victimFor = (own: number): TableEntry | undefined => {
    const most = [...clients.values()].reduce((a, b) => (b.size > a.size ? b : a), NOBODY);
    return idlest(most) ?? (most.size > own + 1 ? oldest(most) : idlest(owners.keys()));
  };

  return {
    makeRoom(client) {
      const own = clients.get(clientKey(client)) ?? NOBODY;
      const isClientFull = own.size >= limits.connectionsPerClient;
      if (!isClientFull && owners.size < limits.connections) return true;
      const victim = isClientFull ? idlest(own) : victimFor(own.size);
      victim?.end('crowded');
      if (victim === undefined) refused++;
      return victim !== undefined;
    },
    add(client, entry) {
      const key = clientKey(client);
      const entries = clients.get(key) ?? new Set();
      clients.set(key, entries.add(entry));
      owners.set(entry, key);
      accepted++;
    },
    remove(entry, reason) {
      const key = owners.get(entry);
      if (key === undefined) return;
      owners.delete(entry);
      const entries = clients.get(key);
      entries?.delete(entry);
      if (entries?.size === 0) clients.delete(key);
      closed[reason]++;
    },
    hold(octets) {
      held += octets;
      return octets <= 0 || held <= limits.heldOctets;
    },
    heldOctets: () => held,
    counters: () => ({ open: owners.size, accepted, refused, closed: { ...closed } }),
  };
}

const NOBODY: ReadonlySet<TableEntry> = new Set();

function idlest(entries: Iterable<TableEntry>): TableEntry | undefined {
  return oldest([...entries].filter((entry) => !entry.isBusy()));
}

function oldest(entries: Iterable<TableEntry>): TableEntry | undefined {
  let found: TableEntry | undefined;
  for (const entry of entries) if (found === undefined || entry.activeAt() < found.activeAt()) found = entry;
  return found;
}
