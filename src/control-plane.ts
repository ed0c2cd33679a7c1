/**
 * The control plane: ledger, sync and API; the one writer of the main database. Made once, in reading order;
 * runs in a worker thread. When it is gone, names already confirmed go on resolving without it.
 */
import { describeGroup } from './actions/describe-group.ts';
import type { Enforcement } from './actions/enforcement.ts';
import { createNews, type NewsPort } from './actions/news.ts';
import type {
  CachePort,
  DoctorPort,
  FeedPort,
  LeasePort,
  PolicyChange,
  PolicyPort,
  SyncPort,
} from './actions/ports.ts';
import type { ListPort, PlaneStatus, StatusPort } from './api/ports.ts';
import type { Clock } from './base/clock.ts';
import type { DomainName } from './base/domain-name.ts';
import type { IpAddress } from './base/ip-address.ts';
import type { Log } from './base/log.ts';
import type { FeedConfig } from './config/schema/feeds.ts';
import { createAnswerInbox } from './control/answer-inbox.ts';
import { createRehearsal, type Rehearse } from './control/configuration/rehearsal.ts';
import { takeEvent } from './control/data-events.ts';
import { createDataLink } from './control/data-link.ts';
import { doctorPort } from './control/doctor-port.ts';
import { startFeeds } from './control/feeds/feeds.ts';
import { type FetchList, fetchList } from './control/feeds/fetch-list.ts';
import type { FirewallSpec } from './control/firewall.ts';
import { createFirewalls } from './control/firewalls.ts';
import { type Health, NO_HEALTH } from './control/health.ts';
import { type Host, readAbsence, startHeartbeat } from './control/heartbeat.ts';
import { lastLearning, toldWhileLearning } from './control/learning.ts';
import { createLeaseKeeper } from './control/lease-keeper.ts';
import { neededUntil, qtypeOf } from './control/lease-terms.ts';
import { ledgerStore } from './control/ledger-store.ts';
import { createLeftOutMemory } from './control/left-out.ts';
import { countOpen, openAddresses } from './control/open-addresses.ts';
import { createOpenings, readOpenings } from './control/openings.ts';
import { createPolicyAlarm, endWhatIsDue } from './control/policy-ends.ts';
import { createPolicyInForce } from './control/policy-in-force.ts';
import { rulesNews } from './control/policy-news.ts';
import { startPruning } from './control/pruning.ts';
import { createQueryWatch } from './control/query-watch.ts';
import { createReadiness } from './control/readiness.ts';
import { createRecentCounts } from './control/recent-counts.ts';
import { createRecorder } from './control/recorder.ts';
import { restoreLedger } from './control/restore.ts';
import { createRuleFacts } from './control/rule-facts.ts';
import { statusPort } from './control/status-port.ts';
import { syncPort } from './control/sync-port.ts';
import { doUpstreamsFail } from './control/upstream-trouble.ts';
import { createViewPublisher } from './control/view-publisher.ts';
import { startWarming, warmNames } from './control/warm.ts';
import { type AddressLimits, DEFAULT_ADDRESS_LIMITS } from './ledger/caps.ts';
import { Ledger } from './ledger/ledger.ts';
import type { Port } from './plane/port.ts';
import type { DataMessage, GroupSnapshot, ToData } from './plane/protocol.ts';
import type { FromTap, ToTap } from './plane/query-tap.ts';
import { recordOf } from './reports/queries.ts';
import { allGroupNames, findGroupByName, listGroups } from './store/groups.ts';
import type { MainDb } from './store/open.ts';
import { rulesInForce } from './store/rules.ts';
import type { Schedule } from './sync/schedule.ts';

export interface ControlPlaneOptions {
  readonly db: MainDb;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  readonly host: Host;
  /** Starts to ask for a full read-back, again and again. */
  readonly schedule: (run: () => void) => Schedule;
  readonly firewalls: readonly FirewallSpec[];
  readonly feeds: readonly FeedConfig[];
  /** Gets the list of a feed; absent: from where the configuration says it is. */
  readonly fetchList?: FetchList;
  readonly isNeverOpened: (address: IpAddress) => boolean;
  /** True of names the catalog refuses on purpose, about which nobody has to decide; absent: of none. */
  readonly isRefusedOnPurpose?: (name: DomainName) => boolean;
  /** How many addresses may be open; absent: as many as in a configuration that says nothing of it. */
  readonly addressLimits?: AddressLimits;
  /** From 0 to 1: spreads what would otherwise happen together. */
  readonly random: () => number;
  /** What the supervisor says of the threads. */
  readonly planes: () => readonly PlaneStatus[];
}

export interface ControlPlane {
  readonly policy: PolicyPort;
  readonly sync: SyncPort;
  readonly leases: LeasePort;
  readonly cache: CachePort;
  readonly feeds: FeedPort;
  readonly doctor: DoctorPort;
  readonly status: StatusPort;
  readonly lists: ListPort;
  /** What would close, were something written. */
  readonly rehearse: Rehearse;
  readonly news: NewsPort;
  connectData(port: Port<DataMessage, ToData>): void;
  dataGone(): void;
  connectLog(port: Port<FromTap, ToTap>): void;
  logGone(): void;
  /** Calls back once the data plane has said what it listens on. */
  onceListening(callback: () => void): void;
  /** Resolves when names are answered as well as they will be for now: policy in force, each firewall read or known to be down. */
  readonly answering: Promise<void>;
  groups(): readonly { readonly name: string; readonly enforcement: Enforcement }[];
  close(): Promise<void>;
}

export function startControlPlane(options: ControlPlaneOptions): ControlPlane {
  const { db, clock, log, addressLimits = DEFAULT_ADDRESS_LIMITS } = options;
  const startedAt = clock.now();
  const rules = createRuleFacts(db);
  const recorder = createRecorder(db, log, options.isRefusedOnPurpose);
  const news = createNews((wanted) => queryWatch.want(wanted));
  const queryWatch = createQueryWatch(news, (lines) => {
    const names = allGroupNames(db);
    return lines.map(({ id, ...line }) => ({
      ...recordOf(db, names, line),
      ...(id === undefined ? {} : { id }),
    }));
  });
  const ledger = new Ledger(ledgerStore(db), {
    limits: addressLimits,
    neededUntil: (lease) =>
      neededUntil(lease, policy.snapshot.group(lease.groupId), rules.isTemporary, clock.now()),
    isWildcard: rules.isWildcard,
  });
  let health = NO_HEALTH;
  const readiness = createReadiness(clock, {
    listening: () => health.listeners.length > 0,
    everyFirewallLookedAt: () => firewalls.views.every(({ read, canConfirm }) => read || !canConfirm),
  });
  const recent = createRecentCounts();
  const onHealth = (told: Health) => {
    if (doUpstreamsFail(health.upstreams, told.upstreams)) ledger.upstreamFailed(clock.now());
    health = told;
    recent.note(told.counters, clock.now());
    readiness.look();
  };

  const absence = readAbsence(db, startedAt, options.host);
  const graces = new Map(listGroups(db).map((group) => [group.id, group.graceMs]));
  restoreLedger({
    db,
    ledger,
    now: startedAt,
    ...absence,
    graceOf: (groupId) => graces.get(groupId) ?? 0,
    isTemporary: rules.isTemporary,
    attempt: recorder.attempt,
  });

  const openings = createOpenings({ db, clock });
  const firewalls = createFirewalls({
    clock,
    log,
    db,
    ledger,
    openings,
    specs: options.firewalls,
    groupName: (id) => allGroupNames(db).get(id) ?? String(id),
    isNeverOpened: options.isNeverOpened,
    random: options.random,
    isAllowed: (lease) =>
      policy.snapshot.decide(lease.groupId, lease.name, qtypeOf(lease), clock.now())?.allowed === true,
    attempt: recorder.attempt,
    onReport: (firewall) => news.tell({ kind: 'sync', firewall }),
    onChange(addresses) {
      readiness.look();
      if (addresses.length > 0) news.tell({ kind: 'addresses', addresses });
      return view.publishAt(addresses);
    },
  });

  const policy = createPolicyInForce(db, clock, firewalls.useGroups);
  const readAll = () => {
    // Not written down, it is over all the same: the policy is read for the time it is now.
    recorder.attempt('ended rules and pauses', () => endWhatIsDue(db, clock.now()));
    openings.changed();
    rules.forget();
    policy.readAgain();
  };
  readAll();

  const link = createDataLink({
    onConnect() {
      void link.send(policy.message);
      view.startOver();
      void view.publish();
      warming.look();
    },
    // What was asked for before counts: an address that is being withdrawn may be needed again.
    onAcknowledged: () => inbox.flush(),
    onEvent: (event) => takeEvent(event, { inbox, warming, recorder, link, news, onHealth }),
  });
  const inbox = createAnswerInbox(clock, {
    sightings: recorder.sightings,
    leases: (batch) => keeper.open(batch),
  });
  const view = createViewPublisher({
    ledger,
    firewalls: () => firewalls.views,
    send: (message) => link.send(message),
  });

  const leftOut = createLeftOutMemory(clock, (key) => ledger.get(key) !== undefined);
  const keeper = createLeaseKeeper({
    clock,
    log,
    ledger,
    link,
    policy: () => policy.snapshot,
    isTemporary: rules.isTemporary,
    attempt: recorder.attempt,
    onChange(groupIds, why, opened, closed = []) {
      news.tell({ kind: 'addresses', addresses: opened ?? closed });
      void view.publishAt(opened ?? closed);
      firewalls.nudge(groupIds, why, opened);
    },
    usedSince: firewalls.usedSince,
    lastLearning: (groupId) => lastLearning(db, groupId, absence.lastSeenAt ?? 0),
    toldLately: (group, learnt) =>
      toldWhileLearning(db, group, learnt, { now: clock.now(), limit: addressLimits.learn }).filter(
        ({ address }) => !options.isNeverOpened(address),
      ),
    onLeftOut(these) {
      leftOut.add(these);
      view.leaveOut(these);
    },
  });

  const tellPolicy = (before: readonly GroupSnapshot[]) => {
    const rulesChanged = rulesNews(before, policy.message.groups);
    if (rulesChanged !== undefined) news.tell(rulesChanged);
    news.tell({ kind: 'groups' });
    news.tell({ kind: 'openings' });
  };

  /** Ends what the clock has ended, and puts the rest in force everywhere. */
  const reload = async (): Promise<PolicyChange> => {
    // What was told under the policy before counts as such.
    inbox.flush();
    const before = policy.message.groups;
    readAll();
    feeds.groupsChanged();
    tellPolicy(before);
    const inForce = link.send(policy.message);
    const ended = keeper.rebind();
    void view.publish();
    policyAlarm.set();
    warming.policyChanged();
    await inForce;
    return { epoch: policy.snapshot.epoch, ended: [...new Set(ended.map((lease) => lease.address))] };
  };

  const policyAlarm = createPolicyAlarm({
    db,
    clock,
    log,
    async endNow() {
      await reload();
      firewalls.nudgeAll('lease-end');
    },
  });

  const warming = startWarming({
    clock,
    log,
    ledger,
    link,
    names: () =>
      warmNames({
        groups: policy.snapshot.groups.filter((group) => group.gated),
        rules: rulesInForce(db, clock.now()),
      }),
    onFailed: keeper.upstreamFailed,
    random: options.random,
  });

  const feeds = startFeeds({
    db,
    clock,
    log,
    feeds: options.feeds,
    fetchList: options.fetchList ?? fetchList,
    isNeverOpened: options.isNeverOpened,
    groupIdOf: (name) => findGroupByName(db, name)?.id,
    attempt: recorder.attempt,
    onChange() {
      openings.changed();
      news.tell({ kind: 'openings' });
      firewalls.nudgeAll('nudge');
    },
    random: options.random,
  });

  // Where a sign of life can be written down, so can what went on in memory while the disk was full.
  const heartbeat = startHeartbeat(db, clock, options.host, (what, write) =>
    recorder.attempt(what, () => {
      write();
      ledger.writeLate();
    }),
  );
  const schedule = options.schedule(() => firewalls.nudgeAll('schedule'));
  const pruning = startPruning(db, clock, recorder.attempt);

  keeper.rebind();
  keeper.wake();
  policyAlarm.set();
  firewalls.nudgeAll('start');

  const sync = syncPort(firewalls);

  return {
    policy: { reload },
    sync,
    leases: {
      live: (filter) => openAddresses({ db, ledger, openings, firewalls, now: clock.now() }, filter),
      counts: () => countOpen({ db, ledger, openings, now: clock.now() }),
      revoke: keeper.revoke,
      leftOut: () => leftOut.list((id) => allGroupNames(db).get(id) ?? String(id)),
    },
    feeds,
    doctor: doctorPort(firewalls, () => health, clock),
    cache: {
      flush: (name) => link.send({ kind: 'flush', name }),
      report: () => health.cache,
    },
    status: statusPort({
      version: options.version,
      startedAt,
      planes: options.planes,
      health: () => health,
      lastDay: () => recent.lastDay(clock.now()),
      db,
      ledger,
      keeper,
      recorder,
      feeds,
      firewalls,
      nextRunAt: schedule.nextRunAt,
    }),
    lists: { all: () => firewalls.lists() },
    rehearse: createRehearsal({
      db,
      live: () => ledger.live(),
      wouldEnd: () => keeper.wouldEnd(policy.ifReadNow()),
      openings: () => readOpenings(db, clock.now()),
      groupNames: () => allGroupNames(db),
      firewalls: () => firewalls.reports(),
    }),
    news,
    connectData: (port) => link.connect(port),
    dataGone: () => link.disconnected(),
    connectLog: queryWatch.connect,
    logGone: queryWatch.disconnected,
    onceListening: (callback) => void readiness.listening.then(callback),
    answering: readiness.answering,
    groups: () =>
      listGroups(db).map((group) => ({
        name: group.name,
        enforcement: describeGroup({ sync, clock }, group),
      })),
    async close() {
      inbox.flush();
      schedule.stop();
      feeds.close();
      warming.close();
      policyAlarm.close();
      pruning.close();
      keeper.close();
      heartbeat.close();
      await firewalls.close();
    },
  };
}
