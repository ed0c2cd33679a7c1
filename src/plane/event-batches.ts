/**
 * What the data plane tells the others, in batches.
 *   sightings, leases   at once, together with what came in the same turn; never dropped
 *   asked names         each once in a few seconds; bounded
 *   denials, hosts      counted per name, a few times a second; bounded
 *   log lines           bounded by what the log thread has acknowledged; the rest is dropped and counted.
 *                       The same answer to the same client again within a batch is one line, with how often
 */
import type { Clock } from '../base/clock.ts';
import type { DomainName } from '../base/domain-name.ts';
import type { IpAddress } from '../base/ip-address.ts';
import { PLEX_DIRECT_REFUSALS } from '../dns/plex-direct.ts';
import { type Outcome, REFUSAL_REASONS } from '../dns/query-context.ts';
import { addressesOf } from '../dns/wire/records.ts';
import { type LeaseRequest, leaseKey } from '../ledger/lease.ts';
import { createBatcher } from './batches.ts';
import { createDenialBatches } from './denial-batches.ts';
import { isHealthQuestion } from './health-question.ts';
import type { Port } from './port.ts';
import type { AskedName, DataCounters, DataMessage, LogBatch, LogLine, SightingEvent } from './protocol.ts';

/**
 * Lease requests kept until their end, for the control plane that comes after one that crashed, however long that takes: as many as a
 * group may have addresses open. Of more the oldest are given up.
 */
const MAX_LEASES_KEPT = 5000;
/** Milliseconds; names are kept warm by the minute. */
const ASKED_EVERY_MS = 5000;
/** Different names between two batches; what is left out is asked again. */
const MAX_ASKED = 5000;
/** Milliseconds a line waits for company. */
const LOG_EVERY_MS = 250;
/** Lines of one transaction. */
const LOG_BATCH = 500;
/** Batches the log thread may be behind: 8000 lines, some megabytes. */
const LOG_UNACKNOWLEDGED = 16;
/** Queries after which it means something that all came from one address. */
const ENOUGH_QUERIES = 10;

/** An answer that is given again and again, as it is. */
interface Repeatable {
  readonly context: AskedInGroup;
  readonly outcome: Ended;
}

interface Repeats {
  readonly at: number;
  readonly durationUs: number;
  count: number;
}

interface Asked {
  readonly query: { readonly question: { readonly name: DomainName; readonly type: number } };
  readonly client: IpAddress;
  readonly arrivedAt: number;
  /** Our own look-ups are no client's queries. */
  readonly fresh?: boolean;
}

interface AskedInGroup extends Asked {
  readonly group: { readonly id: number };
  readonly allowed:
    | { readonly rule: { readonly id: number } | undefined; readonly wouldBe?: Refusal | undefined }
    | undefined;
}

interface Refusal {
  readonly reason: string;
  readonly rule: { readonly id: number } | undefined;
}

type Ended = Pick<Outcome, 'verdict' | 'reason' | 'ruleId' | 'rcode' | 'source' | 'answers'>;

export interface EventBatchesParts {
  readonly clock: Clock;
  readonly post: (message: DataMessage) => void;
}

export function createEventBatches({ clock, post }: EventBatchesParts) {
  let logPort: Port<{ readonly seq: number }, LogBatch> | undefined;
  let logSeq = 0;
  const clients = new Set<IpAddress>();
  const counts = { queries: 0, cached: 0, denied: 0, failed: 0, toldUnconfirmed: 0, droppedRecords: 0 };

  let sightings: SightingEvent[] = [];
  let leases: LeaseRequest[] = [];
  /** The last one of each lease, those asked longest ago first. */
  const sentLeases = new Map<string, LeaseRequest>();
  let urgent = false;
  const keepSent = (batch: readonly LeaseRequest[]) => {
    for (const request of batch) {
      const key = leaseKey(request);
      sentLeases.delete(key);
      sentLeases.set(key, request);
      const oldest = sentLeases.keys().next().value;
      if (sentLeases.size > MAX_LEASES_KEPT && oldest !== undefined) sentLeases.delete(oldest);
    }
  };
  const sendUrgent = () => {
    urgent = false;
    // Leases last: the ledger writes the sightings that justify them first.
    if (sightings.length > 0) post({ kind: 'sightings', batch: sightings });
    if (leases.length > 0) {
      post({ kind: 'leases', batch: leases });
      keepSent(leases);
    }
    sightings = [];
    leases = [];
  };
  const soon = () => {
    if (urgent) return;
    urgent = true;
    clock.soon(sendUrgent);
  };

  let asked = new Map<string, AskedName>();
  let cancelAsked: (() => void) | undefined;
  const sendAsked = () => {
    cancelAsked?.();
    cancelAsked = undefined;
    if (asked.size > 0) post({ kind: 'asked', batch: [...asked.values()] });
    asked = new Map();
  };

  const denials = createDenialBatches(clock, post);

  let repeats = new Map<Repeatable, Repeats>();
  let cancelRepeats: (() => void) | undefined;
  const sendRepeats = () => {
    cancelRepeats?.();
    cancelRepeats = undefined;
    const ended = repeats;
    repeats = new Map();
    for (const [{ context, outcome }, { at, durationUs, count }] of ended) {
      const { reason, ruleId } = outcome;
      const wouldBe = context.allowed?.wouldBe;
      if (isDenial(outcome)) denied(context, reason, ruleId, at, count);
      else if (wouldBe !== undefined) denied(context, wouldBe.reason, wouldBe.rule?.id, at, count);
      note({ ...context, arrivedAt: at }, context.group, outcome, durationUs, count);
    }
  };

  const lines = createBatcher<LogLine>({
    clock,
    everyMs: LOG_EVERY_MS,
    maxBatch: LOG_BATCH,
    maxUnacknowledged: LOG_UNACKNOWLEDGED,
    send: (batch) => logPort?.post({ seq: ++logSeq, lines: batch }),
  });

  const denied = (
    { query, group, client }: AskedInGroup,
    reason: string,
    ruleId: number | undefined,
    at: number,
    count: number,
  ): void => {
    const { name, type } = query.question;
    denials.denied({ groupId: group.id, name, qtype: type, client, reason, ruleId, at, count });
  };

  const note = (
    context: Asked,
    group: { readonly id: number } | undefined,
    ended: Ended,
    durationUs: number,
    count: number,
  ): void => {
    counts.queries += count;
    if (ended.source === 'cache') counts.cached += count;
    if (ended.verdict === 'denied') counts.denied += count;
    if (ended.verdict === 'failed') counts.failed += count;
    if (ended.verdict === 'allowed' && ended.reason === 'not-confirmed') counts.toldUnconfirmed += count;
    const { name, type } = context.query.question;
    if (clients.size < 2 && !isHealthQuestion(context.client, name)) clients.add(context.client);
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
      durationUs,
      answers: addressesOf(ended.answers),
      count,
    });
  };

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
      if (context.fresh !== true) denied(context, reason, ruleId, context.arrivedAt, 1);
    },
    unknownClient(client: IpAddress, name: DomainName): void {
      if (!isHealthQuestion(client, name)) denials.unknownClient(client, name);
    },
    answered(
      context: Asked,
      group: { readonly id: number } | undefined,
      ended: Ended,
      durationUs: number,
    ): void {
      note(context, group, ended, durationUs, 1);
    },
    /** See EventPort. */
    unrelated(records: number): void {
      counts.droppedRecords += records;
    },
    /** Called for each packet at full speed: it only counts, the rest waits for the batch. */
    repeated(told: Repeatable, arrivedAt: number, startedMs: number): void {
      const known = repeats.get(told);
      if (known !== undefined) {
        known.count++;
        return;
      }
      const durationUs = Math.round((performance.now() - startedMs) * 1000);
      repeats.set(told, { at: arrivedAt, durationUs, count: 1 });
      cancelRepeats ??= clock.after(LOG_EVERY_MS, sendRepeats);
    },
    connectLog(port: Port<{ readonly seq: number }, LogBatch>): void {
      logPort = port;
      lines.reset();
      port.listen(() => lines.acknowledged());
    },
    /** What a former control plane had not taken is gone with it, but for leases: of some nobody asks again before their term is over. */
    controlChanged(): void {
      leases = [...sentLeases.values().filter(({ until }) => until > clock.now()), ...leases];
      sentLeases.clear();
      denials.startOver();
      soon();
    },
    /** Sightings and leases that wait for the end of the turn. */
    sendUrgent,
    denialsTaken: denials.taken,
    flush(): void {
      sendUrgent();
      sendRepeats();
      sendAsked();
      denials.flush();
      lines.flush();
    },
    /** See DataMessage health. */
    onlyClient: (): IpAddress | undefined =>
      clients.size === 1 && counts.queries >= ENOUGH_QUERIES ? clients.values().next().value : undefined,
    counters(): Omit<DataCounters, 'held' | 'toldOverBudget' | 'cutShort' | 'limited' | 'crowded' | 'tcp'> {
      sendRepeats();
      return { ...counts, droppedDenials: denials.dropped(), droppedLogLines: lines.dropped() };
    },
  };
}

/** A person can decide about these, by a rule or by plexDirect; the others are nobody's business. */
function isDenial({ verdict, reason }: Ended): boolean {
  return verdict === 'denied' && DECIDABLE.some((refusal) => refusal === reason);
}

const DECIDABLE = [...REFUSAL_REASONS, ...PLEX_DIRECT_REFUSALS];
