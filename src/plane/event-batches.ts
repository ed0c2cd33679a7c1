/**
 * What the data plane tells the others, in batches.
 *   sightings, leases   at once, together with what came in the same turn; never dropped
 *   asked names         each once in a few seconds; bounded
 *   denials, hosts      counted per name, a few times a second; bounded
 *   log lines           bounded by what the log thread has acknowledged; the rest is dropped and counted
 */
import type { Clock } from '../base/clock.ts';
import type { DomainName } from '../base/domain-name.ts';
import type { IpAddress } from '../base/ip-address.ts';
import type { LeaseRequest } from '../ledger/lease.ts';
import { createBatcher } from './batches.ts';
import type { Port } from './port.ts';
import type {
  AskedName,
  DataCounters,
  DataMessage,
  DenialEvent,
  LogBatch,
  LogLine,
  SightingEvent,
  UnknownClientEvent,
} from './protocol.ts';

const ASKED_EVERY_MS = 5000;
const MAX_ASKED = 5000;
const DENIALS_EVERY_MS = 250;
/** Different refusals kept between two batches: a host that asks more than this in a quarter of a second is not being helped. */
const MAX_DENIALS = 2000;
const MAX_HOSTS = 200;
const MAX_NAMES_OF_HOST = 50;
const LOG_EVERY_MS = 250;
const LOG_BATCH = 500;
const LOG_UNACKNOWLEDGED = 16;
/** Queries after which it means something that all came from one address. */
const ENOUGH_QUERIES = 10;

interface Asked {
  readonly query: { readonly question: { readonly name: DomainName; readonly type: number } };
  readonly client: IpAddress;
  readonly arrivedAt: number;
  /** Our own look-ups are no client's queries. */
  readonly fresh?: boolean;
}

interface AskedInGroup extends Asked {
  readonly group: { readonly id: number };
  readonly allowed: { readonly rule: { readonly id: number } | undefined } | undefined;
}

interface Ended {
  readonly verdict: 'allowed' | 'denied' | 'failed';
  readonly reason: string;
  readonly ruleId?: number | undefined;
  readonly rcode: number;
  readonly source: string;
  readonly durationUs: number;
  readonly answers: readonly IpAddress[];
}

export function createEventBatches(clock: Clock, post: (message: DataMessage) => void) {
  let logPort: Port<{ readonly seq: number }, LogBatch> | undefined;
  let logSeq = 0;
  const clients = new Set<IpAddress>();
  const counts = { queries: 0, cached: 0, denied: 0, failed: 0, toldUnconfirmed: 0, droppedDenials: 0 };

  let sightings: SightingEvent[] = [];
  let leases: LeaseRequest[] = [];
  let urgent = false;
  const sendUrgent = () => {
    urgent = false;
    // Leases last: the ledger writes the sightings that justify them first.
    if (sightings.length > 0) post({ kind: 'sightings', batch: sightings });
    if (leases.length > 0) post({ kind: 'leases', batch: leases });
    sightings = [];
    leases = [];
  };
  const soon = () => {
    if (urgent) return;
    urgent = true;
    setImmediate(sendUrgent);
  };

  let asked = new Map<string, AskedName>();
  let cancelAsked: (() => void) | undefined;
  const sendAsked = () => {
    cancelAsked?.();
    cancelAsked = undefined;
    if (asked.size > 0) post({ kind: 'asked', batch: [...asked.values()] });
    asked = new Map();
  };

  let denials = new Map<string, DenialEvent>();
  let hosts = new Map<IpAddress, { names: Set<DomainName>; count: number; lastAt: number }>();
  let cancelDenials: (() => void) | undefined;
  const sendDenials = () => {
    cancelDenials?.();
    cancelDenials = undefined;
    if (denials.size > 0) post({ kind: 'denials', batch: [...denials.values()] });
    if (hosts.size > 0) {
      const batch = [...hosts].map(
        ([client, host]): UnknownClientEvent => ({ client, ...host, names: [...host.names] }),
      );
      post({ kind: 'hosts', batch });
    }
    denials = new Map();
    hosts = new Map();
  };
  const denialsLater = () => {
    cancelDenials ??= clock.after(DENIALS_EVERY_MS, sendDenials);
  };

  const lines = createBatcher<LogLine>({
    clock,
    everyMs: LOG_EVERY_MS,
    maxBatch: LOG_BATCH,
    maxUnacknowledged: LOG_UNACKNOWLEDGED,
    send: (batch) => logPort?.post({ seq: ++logSeq, lines: batch }),
  });

  return {
    sighted(context: AskedInGroup, sighting: Pick<SightingEvent, 'chain' | 'records' | 'upstream'>): void {
      sightings.push({
        at: clock.now(),
        groupId: context.group.id,
        ruleId: context.allowed?.rule?.id,
        name: context.query.question.name,
        ...sighting,
      });
      soon();
    },
    lease(requests: readonly LeaseRequest[]): void {
      leases.push(...requests);
      soon();
    },
    denied(context: AskedInGroup, reason: string, ruleId: number | undefined): void {
      if (context.fresh === true) return;
      const { name, type } = context.query.question;
      const key = `${context.group.id} ${type} ${context.client} ${name}`;
      const before = denials.get(key);
      if (before === undefined && denials.size >= MAX_DENIALS) {
        counts.droppedDenials++;
        return;
      }
      denials.set(key, {
        groupId: context.group.id,
        name,
        qtype: type,
        client: context.client,
        reason,
        ruleId,
        count: (before?.count ?? 0) + 1,
        firstAt: before?.firstAt ?? context.arrivedAt,
        lastAt: context.arrivedAt,
      });
      denialsLater();
    },
    unknownClient(client: IpAddress, name: DomainName): void {
      const host = hosts.get(client) ?? { names: new Set<DomainName>(), count: 0, lastAt: 0 };
      if (!hosts.has(client) && hosts.size >= MAX_HOSTS) {
        counts.droppedDenials++;
        return;
      }
      if (host.names.size < MAX_NAMES_OF_HOST) host.names.add(name);
      host.count++;
      host.lastAt = clock.now();
      hosts.set(client, host);
      denialsLater();
    },
    answered(context: Asked, group: { readonly id: number } | undefined, ended: Ended): void {
      counts.queries++;
      if (clients.size < 2) clients.add(context.client);
      if (ended.source === 'cache') counts.cached++;
      if (ended.verdict === 'denied') counts.denied++;
      if (ended.verdict === 'failed') counts.failed++;
      if (ended.verdict === 'allowed' && ended.reason === 'not-confirmed') counts.toldUnconfirmed++;
      const { name, type } = context.query.question;
      if (group !== undefined && ended.verdict === 'allowed' && asked.size < MAX_ASKED) {
        asked.set(`${group.id} ${name}`, { groupId: group.id, name });
        cancelAsked ??= clock.after(ASKED_EVERY_MS, sendAsked);
      }
      lines.add({
        at: context.arrivedAt,
        client: context.client,
        groupId: group?.id,
        name,
        qtype: type,
        verdict: ended.verdict,
        reason: ended.reason,
        ruleId: ended.ruleId,
        rcode: ended.rcode,
        source: ended.source,
        durationUs: ended.durationUs,
        answers: ended.answers,
      });
    },
    connectLog(port: Port<{ readonly seq: number }, LogBatch>): void {
      logPort = port;
      lines.reset();
      port.listen(() => lines.acknowledged());
    },
    /** What a former control plane had not taken is gone with it; what is collected now goes to the new one. */
    controlChanged: () => soon(),
    flush(): void {
      sendUrgent();
      sendAsked();
      sendDenials();
      lines.flush();
    },
    /** See DataMessage health. */
    onlyClient: (): IpAddress | undefined =>
      clients.size === 1 && counts.queries >= ENOUGH_QUERIES ? clients.values().next().value : undefined,
    counters: (): Omit<DataCounters, 'held' | 'tcp'> => ({
      ...counts,
      droppedLogLines: lines.dropped(),
    }),
  };
}
