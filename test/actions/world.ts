/** A running Sallyport in small: the real database, and firewalls and data plane that do what they are told. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createActions } from '../../src/actions/actions.ts';
import type { Actor } from '../../src/actions/actor.ts';
import type { LearnReportInput } from '../../src/actions/learn-report.ts';
import { createNews, type News } from '../../src/actions/news.ts';
import type {
  FeedReport,
  FirewallReport,
  Knock,
  LeftOutAddress,
  ListenerLook,
  Machine,
  OpenAddress,
  PlexLook,
  PolicyChange,
  RoundTrip,
  TriedFirewall,
} from '../../src/actions/ports.ts';
import type {
  CountInput,
  LeaseInterval,
  NightlyBackupInput,
  QueryFilter,
  QueryRecord,
  SealBackupInput,
  VerifyAuditInput,
  WhyAddress,
  WhyName,
} from '../../src/actions/query-port.ts';
import type { ExplainInput } from '../../src/actions/reports/explain.ts';
import type { HygieneInput } from '../../src/actions/reports/hygiene.ts';
import type { NeighboursInput } from '../../src/actions/reports/neighbours.ts';
import type { ReplayInput } from '../../src/actions/reports/replay.ts';
import type { AddressRisksInput, NetworkOfAddress, RuleRisksInput } from '../../src/actions/reports/risk.ts';
import type { SeriesInput } from '../../src/actions/reports/series.ts';
import type { SymptomsInput } from '../../src/actions/reports/symptoms.ts';
import type { RefusedSinceInput } from '../../src/actions/reproduce/ports.ts';
import type { FetchableList } from '../../src/api/ports.ts';
import { neverOpened } from '../../src/base/address-class.ts';
import { type DomainName, formatDomainName, parseDomainName } from '../../src/base/domain-name.ts';
import { KnownError } from '../../src/base/errors.ts';
import { type IpAddress, parseIpAddress, parsePrefix } from '../../src/base/ip-address.ts';
import { silentLog } from '../../src/base/log.ts';
import { Secret } from '../../src/base/secret.ts';
import { loadCatalog } from '../../src/catalog/load.ts';
import { catalogFolder } from '../../src/catalog-folder.ts';
import { createBackups } from '../../src/control/backups.ts';
import { typeNumber } from '../../src/dns/wire/constants.ts';
import type { FirewallConfig } from '../../src/firewall/config.ts';
import { explain } from '../../src/reports/explain.ts';
import { hygiene } from '../../src/reports/hygiene/hygiene.ts';
import { learnReport } from '../../src/reports/learn.ts';
import { neighbours } from '../../src/reports/neighbours.ts';
import { refusedSince } from '../../src/reports/refused-since.ts';
import { replay } from '../../src/reports/replay.ts';
import { addressRisks } from '../../src/reports/risk/address-risk.ts';
import { ruleRisks } from '../../src/reports/risk/rule-risk.ts';
import { series } from '../../src/reports/series.ts';
import { symptoms } from '../../src/reports/symptoms.ts';
import { backup as sealBackup } from '../../src/store/archive/archive.ts';
import { verifyAudit } from '../../src/store/audit.ts';
import { backUpMainDatabase } from '../../src/store/backup.ts';
import { listDenials } from '../../src/store/denials.ts';
import { addGroup, type Group, getGroup } from '../../src/store/groups.ts';
import { openMainDatabase, openQueryLog } from '../../src/store/open.ts';
import { recordDenials } from '../../src/store/refusals.ts';
import { recordUnknownClients } from '../../src/store/unknown-clients.ts';
import type { SyncRun } from '../../src/sync/sync-run.ts';
import { manualClock } from '../support/manual-clock.ts';
import { configurationFile, configurationOf, rehearsalOf } from './configuration-file.ts';

/** 2026-11-22 12:00 UTC. */
export const NOON = Date.UTC(2026, 10, 22, 12);
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const anna: Actor = { name: 'user:anna', origin: '192.168.1.9' };

export type World = ReturnType<typeof createWorld>;

export function createWorld() {
  const dataDir = mkdtempSync(join(tmpdir(), 'sallyport-world-'));
  const clock = manualClock(NOON);
  const db = openMainDatabase({ dataDir, log: silentLog(), appVersion: '0' });
  const queryLog = openQueryLog({ dataDir, log: silentLog(), appVersion: '0' });
  const firewalls: FirewallReport[] = [];
  const open: OpenAddress[] = [];
  const queries: QueryRecord[] = [];
  const answers = {
    past: [] as LeaseInterval[],
    names: [] as WhyName[],
    address: undefined as WhyAddress | undefined,
  };
  const calls: string[] = [];
  let epoch = 0;
  let closing: IpAddress[] = [];

  const policy = {
    async reload(): Promise<PolicyChange> {
      calls.push('reload');
      const ended = closing;
      closing = [];
      return { epoch: ++epoch, ended };
    },
  };
  const find = (name: string) => {
    const firewall = firewalls.find((known) => known.name === name);
    if (firewall === undefined) throw new KnownError('not-found', `there is no firewall ${name}`);
    return firewall;
  };
  const sync = {
    nudge: () => void calls.push('nudge'),
    async run(name: string) {
      calls.push(`run ${find(name).name}`);
      return syncRun();
    },
    async plan(name: string) {
      find(name);
      return { add: [{ address: ip('192.0.2.7'), forMs: HOUR }], renew: [], remove: [ip('192.0.2.8')] };
    },
    state: () => firewalls,
    drift: (name: string) => ({ missing: find(name) && seen.missing, extra: seen.unexplained }),
    holds: (_: string, address: IpAddress) => stillHeld(address),
    async release(name: string) {
      if (find(name).status.heldPlan === undefined)
        throw new KnownError('plan-not-held', `nothing is held for ${name}`);
      calls.push(`release ${name}`);
      return syncRun();
    },
    async drop(name: string) {
      if (find(name).status.heldPlan === undefined)
        throw new KnownError('plan-not-held', `nothing is held for ${name}`);
      calls.push(`drop ${name}`);
    },
    async createAlias(name: string) {
      find(name);
      calls.push(`create alias ${name}`);
      return syncRun();
    },
    async examine(name: string) {
      find(name);
      return [{ check: 'reachable', result: 'ok', detail: 'answers' } as const];
    },
  };
  let networkOf = (_: IpAddress): NetworkOfAddress | undefined => undefined;
  let stillHeld = (_: IpAddress) => true;
  const leftOut: LeftOutAddress[] = [];
  const leases = {
    counts: () => {
      const open = leases.live({});
      const causes = [...Map.groupBy(open, ({ group, cause }) => `${group} ${cause}`).values()].flatMap(
        ([one, ...more]) =>
          one === undefined ? [] : { group: one.group, cause: one.cause, count: 1 + more.length },
      );
      return { addresses: new Set(open.map(({ address }) => address)).size, causes };
    },
    leftOut: () => leftOut,
    revoke(groupId: number, address: IpAddress) {
      const { name } = getGroup(db, groupId);
      const isRevoked = (lease: OpenAddress) =>
        lease.group === name && lease.address === address && lease.cause !== 'pin' && lease.cause !== 'feed';
      open.splice(0, open.length, ...open.filter((lease) => !isRevoked(lease)));
      calls.push(`revoke ${name} ${address}`);
    },
    live: (filter: { group?: string; name?: string; address?: string }) =>
      open.filter(
        (lease) =>
          (filter.group ?? lease.group) === lease.group &&
          (filter.name ?? lease.name) === lease.name &&
          (filter.address ?? lease.address) === lease.address,
      ),
  };
  const catalog = loadCatalog(catalogFolder());
  const reportDeps = { main: db, queryLog, catalog, clock };
  const neighboursIn = neighbours(reportDeps);
  const symptomsIn = symptoms(reportDeps);
  const replayed = replay(reportDeps);
  const reported = learnReport(reportDeps);
  const refusedThere = refusedSince(reportDeps);
  const tidied = hygiene(reportDeps);
  const counted = series(reportDeps);
  const explained = explain(reportDeps);
  const networks = { of: (address: IpAddress) => networkOf(address), close: () => {} };
  const risky = { ...reportDeps, networks };
  const queryPort = {
    async search({ limit, client, verdict, cursor = '0' }: QueryFilter) {
      const found = queries.filter(
        (query) => (client ?? query.client) === query.client && (verdict ?? query.verdict) === query.verdict,
      );
      const end = Number(cursor) + limit;
      const nextCursor = end < found.length ? { nextCursor: String(end) } : {};
      return { items: found.slice(Number(cursor), end), ...nextCursor };
    },
    count: async ({ since, until, parts, counted }: CountInput) => ({
      counted: parts,
      parts: Array.from({ length: parts - counted }, (_, n) => parts - 1 - counted - n).map((part) => {
        const at = (edge: number) => since + ((until - since) / parts) * edge;
        const here = queries.filter((query) => query.at >= at(part) && query.at < at(part + 1));
        const of = (verdict: QueryRecord['verdict']) =>
          here.filter((query) => query.verdict === verdict).reduce((sum, { count }) => sum + count, 0);
        return {
          at: Math.round(at(part)),
          allowed: of('allowed'),
          denied: of('denied'),
          failed: of('failed'),
          lines: here.length,
        };
      }),
    }),
    whyName: async () => answers.names,
    replay: async (input: ReplayInput) => replayed(input),
    explain: async (input: ExplainInput) => explained(input),
    neighbours: async (input: NeighboursInput) => neighboursIn(input),
    symptoms: async (input: SymptomsInput) => symptomsIn(input),
    learnReport: async (input: LearnReportInput) => reported(input),
    refusedSince: async (input: RefusedSinceInput) => refusedThere(input),
    hygiene: async (input: HygieneInput) => tidied(input),
    ruleRisks: async (input: RuleRisksInput) => ruleRisks(risky)(input),
    addressRisks: async (input: AddressRisksInput) => addressRisks(risky)(input),
    series: async (input: SeriesInput) => counted(input),
    leasesAt: async () => ({ items: answers.past }),
    nightlyBackup: async ({ day }: NightlyBackupInput) => backUpMainDatabase(dataDir, day),
    sealBackup: async ({ passphrase, ...input }: SealBackupInput) =>
      sealBackup({ ...input, dataDir, appVersion: '0.1.0', passphrase: new Secret(passphrase) }),
    verifyAudit: async ({ noted }: VerifyAuditInput) => verifyAudit(db, noted),
    whyAddress: async ({ address }: { address: IpAddress }) =>
      answers.address ?? { address, open: false, sentence: `${address} was never open.`, leases: [] },
  };
  /** Lists that firewalls fetch. */
  const fetchable: FetchableList[] = [];
  const status = {
    ready: () => true,
    read: () => ({
      version: '0.1.0',
      startedAt: NOON,
      nextRunAt: NOON + MINUTE,
      planes: [{ name: 'data', state: 'running', restarts: 0 } as const],
      listeners: [{ protocol: 'udp', address: '127.0.0.1', port: 1053 } as const],
      upstreams: [{ id: 'udp://192.0.2.53:53', state: 'up' } as const],
      counters: {
        queries: 10,
        cached: 4,
        denied: 2,
        failed: 0,
        toldUnconfirmed: 0,
        toldOverBudget: 0,
        cutShort: 0,
        endedInOutage: 0,
        held: 1,
        evicted: 0,
        leftOut: 0,
        droppedLogLines: 0,
        droppedDenials: 0,
        droppedRecords: 0,
        limited: 0,
        crowded: 0,
        tcp: { open: 0, accepted: 0, refused: 0, closed: {} },
      },
      lastDay: { queries: 1000, denied: 30, failed: 2 },
      ledger: {
        endsBeforeTold: 0,
        keptThroughOutage: 0,
        historySince: NOON,
        storageProblem: undefined,
      },
      warnings: [],
    }),
  };
  const cache = {
    async flush(name: DomainName | undefined) {
      calls.push(`flush ${name === undefined ? 'all' : formatDomainName(name)}`);
    },
    report: () => ({
      entries: 3,
      negative: 1,
      octets: 2 * 2 ** 20,
      limitOctets: 32 * 2 ** 20,
      hits: 75,
      misses: 25,
      stale: 2,
      prefetches: 1,
      evictions: 0,
    }),
  };
  const knocks = new Map<string, Knock>();
  const trips: RoundTrip = {
    added: { held: true, tookMs: 40, problem: '' },
    removed: { held: false, tookMs: 50, problem: '' },
    writes: 2,
  };
  const machine: Machine = {
    wallMs: NOON,
    addresses: [parseIpAddress('192.168.1.20')],
    resolvConf: undefined,
    resolvedConf: undefined,
    listeners: [{ address: '192.168.1.20', port: 53 }],
    gateways: new Set<IpAddress>(),
  };
  /** What a firewall that is typed in is found to be; at first nobody answers. */
  const trials: { found: TriedFirewall } = { found: { knock: undefined, findings: undefined } };
  const seen = { machine, trips, unexplained: [] as IpAddress[], missing: [] as IpAddress[] };
  const doctor = {
    knock: async (name: string) => knocks.get(find(name).name),
    unexplained: () => seen.unexplained,
    async roundTrip(name: string, address: IpAddress) {
      calls.push(`round trip ${find(name).name} ${address}`);
      return seen.trips;
    },
    machine: () => seen.machine,
    askListener: async (): Promise<ListenerLook> => ({ answered: true, tookMs: 1 }),
    async tryFirewall({ alias, url }: FirewallConfig) {
      calls.push(`try ${alias} at ${url}`);
      return trials.found;
    },
  };
  const feedReports: FeedReport[] = [];
  const findFeed = (name: string) => {
    const feed = feedReports.find((known) => known.name === name);
    if (feed === undefined) throw new KnownError('not-found', `there is no feed named ${name}`);
    return feed;
  };
  const feeds = {
    reports: () => feedReports,
    async refresh(name: string) {
      calls.push(`refresh ${name}`);
      return findFeed(name);
    },
    accept(name: string) {
      const { held, ...feed } = findFeed(name);
      if (held === undefined) throw new KnownError('feed-not-held', `nothing is held for feed ${name}`);
      calls.push(`accept ${name}`);
      return { ...feed, held: undefined, problem: undefined, entries: held.length };
    },
  };
  /** What is at the port of a Plex server, by address. */
  const looks = new Map<string, PlexLook>();
  const plex = {
    async look({ address, port }: { readonly address: IpAddress; readonly port: number }) {
      calls.push(`look ${address} ${port}`);
      return (
        looks.get(address) ?? { hashes: [], names: [], identity: undefined, problem: 'nobody answers there' }
      );
    },
  };
  /** The server's own file; there is none until a test writes it. */
  const file = configurationFile();
  const rehearse = rehearsalOf(db, clock);
  const configuration = configurationOf(db, clock, file, rehearse);
  const news = createNews((wanted) => void calls.push(`queries ${wanted ? 'wanted' : 'not wanted'}`));
  const told: News[] = [];
  news.listen((one) => told.push(one));
  const backups = createBackups({ dataDir, clock, queries: queryPort });
  const deps = {
    db,
    backups,
    news,
    clock,
    policy,
    sync,
    leases,
    cache,
    catalog,
    feeds,
    plex,
    doctor,
    configuration,
    rehearse,
    queries: queryPort,
    managedByFile: true,
    isNeverOpened: neverOpened([]),
  };

  return {
    ...deps,
    file,
    status,
    lists: { all: () => fetchable },
    fetchable,
    dataDir,
    firewalls,
    feedReports,
    looks,
    open,
    leftOut,
    queryLog: queries,
    /** The log as a database, for reports. */
    queryLogDb: queryLog,
    answers,
    knocks,
    /** What the doctor sees of the machine and of firewalls. */
    seen,
    trials,
    /** What was told of what happened, in order. */
    told,
    /** What was asked of the running system, in order. */
    calls,
    actions: createActions(deps),
    /** Addresses of which the next reload says that a lease ended. */
    willClose: (...addresses: string[]) => {
      closing = addresses.map(ip);
    },
    /** Which of the closed addresses firewalls are read to hold; at first all. */
    holdsStill: (holds: (address: IpAddress) => boolean) => {
      stillHeld = holds;
    },
    /** Whose network an address is in; at first nobody knows. */
    networksAre: (of: typeof networkOf) => {
      networkOf = of;
    },
    close() {
      queryLog.close();
      db.close();
      rmSync(dataDir, { recursive: true });
    },
  };
}

export const ip = (text: string): IpAddress => parseIpAddress(text);

export function group(world: World, name = 'plex', settings: Partial<Group> = {}): Group {
  return addGroup(world.db, {
    name,
    clients: [parsePrefix(name === 'plex' ? '192.168.20.5' : '192.168.30.0/24')],
    origin: 'person',
    createdAt: NOON,
    ...settings,
  });
}

/** Records that a group's client was refused a name, and returns the denial. */
export function refused(
  world: World,
  of: Group,
  name: string,
  { client = '192.168.20.5', type = 'A', reason = 'no-rule' } = {},
) {
  const at = world.clock.now();
  const qtype = typeNumber(type);
  if (qtype === undefined) throw new Error(`no such type: ${type}`);
  const refusal = {
    groupId: of.id,
    name: parseDomainName(name),
    qtype,
    client: ip(client),
    reason,
    ruleId: undefined,
  };
  recordDenials(world.db, [{ ...refusal, count: 1, firstAt: at, lastAt: at }]);
  const found = listDenials(world.db, { groupId: of.id, limit: 500 }).items.find(
    (denial) => denial.name === refusal.name,
  );
  if (found === undefined) throw new Error(`${name} was not written down`);
  return found;
}

export function newHost(world: World, address: string, ...names: string[]): void {
  recordUnknownClients(world.db, [
    {
      client: ip(address),
      names: names.map(parseDomainName),
      count: names.length,
      lastAt: world.clock.now(),
    },
  ]);
}

export function firewall(change: Partial<FirewallReport> = {}): FirewallReport {
  return {
    name: 'edge',
    driver: 'opnsense',
    alias: 'plexfw_live',
    groups: ['plex'],
    enforces: true,
    connected: true,
    ruleUse: 'used',
    typicalLatencyMs: 40,
    desired: 1,
    unexplained: 0,
    wider: [],
    findings: [],
    status: {
      state: 'up',
      since: NOON,
      lastRun: undefined,
      lastSuccessAt: NOON,
      lastError: undefined,
      retryAt: undefined,
      entries: 1,
      heldPlan: undefined,
      unexplainedRemovals: 0,
      loss: undefined,
      otherWriters: [],
      writesToday: 0,
    },
    ...change,
  };
}

export function feed(change: Partial<FeedReport> = {}): FeedReport {
  return {
    name: 'cdn',
    groups: ['plex'],
    source: 'https://lists.example/cdn.txt',
    note: 'push servers',
    ports: [443],
    breaks: '',
    until: undefined,
    list: 'fetched',
    knownIn: undefined,
    entries: 12,
    dropped: 1,
    checkedAt: NOON,
    fetchedAt: NOON,
    nextAt: NOON + HOUR,
    problem: undefined,
    held: undefined,
    ...change,
  };
}

export function openAddress(change: Partial<OpenAddress> = {}): OpenAddress {
  return {
    group: 'plex',
    name: 'image.tmdb.org',
    address: ip('192.0.2.7'),
    cause: 'answer',
    startedAt: NOON,
    until: NOON + HOUR,
    firewalls: [{ name: 'edge', state: 'confirmed' }],
    ...change,
  };
}

function syncRun(): SyncRun {
  return {
    trigger: 'person',
    startedAt: NOON,
    finishedAt: NOON,
    outcome: 'applied',
    detail: '',
    desired: 1,
    current: 0,
    changes: [{ address: ip('192.0.2.7'), change: 'add', cause: 'answer', confirmed: true }],
  };
}
