import type { FirewallReport, RoundTrip } from '../actions/ports.ts';
import type { FetchableList } from '../api/ports.ts';
import type { Clock } from '../base/clock.ts';
import { ROOT } from '../base/domain-name.ts';
import type { HttpTls } from '../base/http.ts';
import type { IpAddress, Prefix } from '../base/ip-address.ts';
import type { Log } from '../base/log.ts';
import type { Driver, Finding } from '../firewall/driver.ts';
import { describeFetch } from '../firewall/feed/puller.ts';
import { type Lease, type LeaseKey, type LeaseRequest, LINGER_MS } from '../ledger/lease.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { ensureFirewall, ensureListToken, markFirstRead } from '../store/firewalls.ts';
import type { Group } from '../store/groups.ts';
import type { MainDb } from '../store/open.ts';
import { runsThatWrote } from '../store/runs.ts';
import type { Desired } from '../sync/desired.ts';
import { FirewallSync } from '../sync/firewall-sync.ts';
import type { SyncPorts } from '../sync/ports.ts';
import { SENTINEL } from '../sync/table-loss.ts';
import type { Turns } from '../sync/turns.ts';
import type { BoxBudget } from '../sync/write-budget.ts';
import { aliasWants } from './alias-wants.ts';
import { startExaminations } from './examinations.ts';
import { fetchableList, newListToken } from './fetchable-list.ts';
import { rememberFetches } from './list-memory.ts';
import type { Openings } from './openings.ts';
import { overdueRemovals } from './overdue-removals.ts';
import { makeRoundTrip } from './round-trip.ts';
import { createRunHistory } from './run-history.ts';
import { withTrial } from './trial.ts';
import type { FirewallView } from './view-publisher.ts';

export interface FirewallSpec {
  readonly name: string;
  readonly kind: string;
  readonly alias: string;
  readonly required: boolean;
  /** verify: somebody else writes the alias; it is read, and never written. Without: write. */
  readonly mode?: 'write' | 'verify';
  /** True when an address of nobody is kept in the alias, whose absence shows that the table was lost. */
  readonly sentinel?: boolean;
  /** Aliases of one box name it alike: it is asked one thing at a time. */
  readonly box?: string;
  /** Milliseconds that it keeps addresses after their lease, where its writes are dear; absent: the usual time. */
  readonly lingerMs?: number;
  /** The groups it serves, by name. */
  readonly groups: 'all' | readonly string[];
  readonly driver: Driver;
  /** Where it is reached, and whom to believe there; absent where that takes no network. */
  readonly reach?: { readonly url: string; readonly tls: HttpTls };
}

/** What the aliases of one box share. */
export interface Box {
  readonly turns: Turns;
  readonly budget: BoxBudget;
}

export interface FirewallDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly db: MainDb;
  readonly ledger: Ledger;
  readonly openings: Pick<Openings, 'current' | 'removalCause'>;
  readonly groupName: (id: number) => string;
  readonly isNeverOpened: (address: IpAddress) => boolean;
  /** Whether the policy in force lets the name resolve to an address of that family. */
  readonly isAllowed: (lease: LeaseKey) => boolean;
  /** Runs a write; false when the disk is full. */
  readonly attempt: (what: string, write: () => void) => boolean;
  /** From 0 to 1: spreads what would otherwise happen together. */
  readonly random?: () => number;
  /** What a firewall holds has changed: the workers must be told. Resolves when they have it in force. */
  readonly onChange: (addresses: readonly IpAddress[]) => Promise<void>;
  /** What its report says may be different: a run of its sync is over, or an examination found something else. */
  readonly onReport?: (firewall: string) => void;
}

export type ServedGroup = Pick<Group, 'id' | 'name' | 'graceMs' | 'clients'> &
  Partial<Pick<Group, 'onHoldLimit'>>;

export interface Firewall {
  readonly spec: FirewallSpec;
  readonly sync: FirewallSync;
  /** What it fetches, where it fetches a list. */
  readonly list: FetchableList | undefined;
  examine(): Promise<readonly Finding[]>;
  groupIds(): ReadonlySet<number>;
  /** False for a stand-in, and for an alias that no rule uses: what it holds stops and opens nothing. */
  enforces(): boolean;
  /** What it should hold and was not last read to; the sentinel is nobody's address, and left out. */
  missing(): readonly IpAddress[];
  /** What it was last read to hold without a cause, or long after its end; the first thousand. */
  unexplained(): readonly IpAddress[];
  /** An address of nobody, put in and taken out again; undefined where the alias is read only. */
  roundTrip(address: IpAddress): Promise<RoundTrip | undefined>;
  /** Takes up a new list of groups. */
  useGroups(groups: readonly ServedGroup[]): void;
  view(): FirewallView;
  report(): FirewallReport;
  close(): Promise<void>;
}

/** What a new alias already holds is kept this long, and shown to a person. */
const ADOPTED_FOR_MS = 24 * 3_600_000;

/** Addresses without a cause that a report counts. */
const MOST_UNEXPLAINED = 1000;

/** One alias on one firewall: its sync, what it is to hold, its history and its examinations, joined. */
export function createFirewall(spec: FirewallSpec, deps: FirewallDeps, box: Box): Firewall {
  const { clock, db, ledger } = deps;
  const log = deps.log.child({ firewall: spec.name });
  const identity = identify(spec, db);
  let groupIds: ReadonlySet<number> = new Set();
  let clients: readonly Prefix[] = [];
  let graces: ReadonlyMap<number, number> = new Map();
  let known = identity.firstReadAt !== undefined;

  const { mode = 'write', sentinel = false } = spec;
  /** Of the adopted addresses those that were found in this alias: here they are kept, and put back after a reboot of the firewall. */
  const adoptedHere = new Set<IpAddress>();
  const { trial, ...wants } = withTrial(
    aliasWants({
      clock,
      ledger,
      openings: deps.openings,
      isNeverOpened: deps.isNeverOpened,
      isAllowed: deps.isAllowed,
      groupIds: () => groupIds,
      graceOf: (groupId) => graces.get(groupId) ?? 0,
      lingerMs: spec.driver.capabilities.writeBudget === undefined ? 0 : (spec.lingerMs ?? LINGER_MS),
      sentinel,
      // What another one writes is as it was found.
      isAdoptedHere: (address) => (mode === 'verify' ? sync.held : adoptedHere).has(address),
      adoptedRevision: () => (mode === 'verify' ? undefined : adoptedHere.size),
    }),
    clock,
  );
  const writeDown = createRunHistory({
    db,
    log,
    firewallId: identity.id,
    alias: spec.alias,
    attempt: deps.attempt,
  });
  const ports: SyncPorts = {
    clock,
    log,
    ...(deps.random === undefined ? {} : { random: deps.random }),
    clients: () => clients,
    lastWrites: () => lastWrites(spec, deps),
    ...wants,
    withdraw: (addresses) => deps.onChange(addresses),
    isNewAlias: () => !known,
    foundAtStart(addresses) {
      for (const address of addresses) {
        const isAdopted = ({ cause, groupId }: Lease) => cause === 'adopted' && groupIds.has(groupId);
        if ([...ledger.ofAddress(address)].some(isAdopted)) adoptedHere.add(address);
      }
    },
    adopt(addresses) {
      const groupId = groupIds.values().next().value;
      // A lease needs a group; without one the guard holds what would be removed.
      if (groupId === undefined) return false;
      const written = deps.attempt('adopted addresses', () => {
        ledger.open(
          addresses.map((address) => adopted(groupId, address, clock.now())),
          clock.now(),
        );
        markFirstRead(db, identity.id, clock.now());
      });
      if (!written) return false;
      known = true;
      for (const address of addresses) adoptedHere.add(address);
      if (addresses.length > 0) {
        log.warn(
          { addresses: addresses.length },
          'the alias held addresses this ledger does not know; they stay open for a day, and are listed as adopted',
        );
      }
      return true;
    },
    onChange: (addresses) => void deps.onChange(addresses),
    onRun(run) {
      if (run.outcome === 'applied') examinations.noteApplied({ wasEmpty: run.current === 0 });
      writeDown(run);
      overdue.note(run);
      deps.onReport?.(spec.name);
    },
  };
  const overdue = overdueRemovals({
    clock,
    isDear: spec.driver.capabilities.writeBudget !== undefined,
    held: () => sync.held.keys(),
    desired: wants.desired,
    removalCause: wants.removalCause,
  });
  const sync = new FirewallSync(spec.driver, ports, { mode, sentinel, ...box });

  const { served } = spec.driver;
  const list =
    served &&
    fetchableList({
      spec,
      served,
      sync,
      token: ensureListToken(db, identity.id, newListToken),
      remember: rememberFetches({ db, firewallId: identity.id, served, attempt: deps.attempt }),
    });

  /** Where the list is fetched, only who fetches it is known to be there. */
  const isAway = () => served !== undefined && (served.lastFetch === undefined || served.isLate());

  const examinations = startExaminations({
    clock,
    log,
    driver: spec.driver,
    inTurn: (work) => sync.inTurn(work),
    onChange: () => deps.onReport?.(spec.name),
  });
  const unexplained = (wanted: () => Desired = wants.desired) => {
    const desired = wanted();
    const isGoing = (address: IpAddress) =>
      wants.removalCause(address) !== undefined && !overdue.isOverdue(address);
    return firstUnexplained(sync.held.keys(), (address) => desired.has(address) || isGoing(address));
  };

  return {
    spec,
    sync,
    list,
    examine: examinations.examine,
    groupIds: () => groupIds,
    missing: () =>
      [...wants.desired().keys()].filter((address) => address !== SENTINEL && !sync.held.has(address)),
    unexplained: () => unexplained(),
    roundTrip: async (address) =>
      mode === 'verify' ? undefined : makeRoundTrip({ clock, sync, trial }, address),
    enforces: () => spec.driver.capabilities.enforces && examinations.ruleUse !== 'unused',
    useGroups(groups) {
      const served = groups.filter(({ name }) => spec.groups === 'all' || spec.groups.includes(name));
      clients = served.flatMap((group) => group.clients);
      groupIds = new Set(served.map(({ id }) => id));
      graces = new Map(served.map(({ id, graceMs }) => [id, graceMs]));
    },
    view: () => ({
      groupIds,
      required: spec.required,
      read: sync.wasRead,
      held: sync.held,
      canConfirm: sync.canConfirm,
      overBudget: sync.isOverBudget,
    }),
    report() {
      const status = sync.status();
      // Looks at every open address, which a group that asks whether it is enforced does not need.
      let counted: Desired | undefined;
      const wanted = (): Desired => {
        counted ??= wants.desired();
        return counted;
      };
      return {
        name: spec.name,
        driver: spec.kind,
        alias: spec.alias,
        groups: [...groupIds].map(deps.groupName),
        enforces: spec.driver.capabilities.enforces,
        connected: (status.state === 'up' || status.state === 'behind') && !isAway(),
        ruleUse: examinations.ruleUse,
        typicalLatencyMs: spec.driver.capabilities.typicalLatencyMs,
        get desired() {
          return wanted().size;
        },
        get unexplained() {
          return unexplained(wanted).length;
        },
        wider: spec.driver.wider?.() ?? [],
        status,
        ...(served && {
          fetch: { last: served.lastFetch, words: describeFetch(served.lastFetch, clock.now()) },
        }),
        findings: examinations.findings,
        ...(examinations.foundAt === undefined ? {} : { examinedAt: examinations.foundAt }),
      };
    },
    async close() {
      examinations.close();
      await sync.close();
    },
  };
}

/** When its alias was written in the last day, as far as the history tells. */
export function lastWrites(spec: FirewallSpec, { db, clock }: FirewallDeps): readonly number[] {
  return runsThatWrote(db, identify(spec, db).id, clock.now() - DAY_MS);
}

/** As long as writes are counted. */
const DAY_MS = 24 * 3_600_000;

function identify({ name, kind, alias }: FirewallSpec, db: MainDb) {
  return ensureFirewall(db, { name, driver: kind, alias });
}

/** A removal that is due has a cause, until it is overdue; each address without one is looked up, so a very strange alias is not listed to its end. */
function firstUnexplained(
  held: Iterable<IpAddress>,
  isExplained: (address: IpAddress) => boolean,
): readonly IpAddress[] {
  const found: IpAddress[] = [];
  for (const address of held) {
    if (!isExplained(address) && found.push(address) >= MOST_UNEXPLAINED) break;
  }
  return found;
}

/** No name led to it, so it stands under the root. */
function adopted(groupId: number, address: IpAddress, now: number): LeaseRequest {
  return {
    groupId,
    name: ROOT,
    address,
    ruleId: undefined,
    cause: 'adopted',
    toldUntil: now,
    until: now + ADOPTED_FOR_MS,
  };
}
