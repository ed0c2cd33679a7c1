/** The configured firewalls: one sync each, and what the rest of the house may know of them. */
import type { FirewallReport } from '../actions/ports.ts';
import type { Clock } from '../base/clock.ts';
import { ROOT } from '../base/domain-name.ts';
import { KnownError } from '../base/errors.ts';
import type { IpAddress } from '../base/ip-address.ts';
import type { Log } from '../base/log.ts';
import type { Driver, Finding } from '../firewall/driver.ts';
import type { LeaseRequest } from '../ledger/lease.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { ensureFirewall, markFirstRead } from '../store/firewalls.ts';
import type { MainDb } from '../store/open.ts';
import { type Desired, desiredEntries } from '../sync/desired.ts';
import { FirewallSync } from '../sync/firewall-sync.ts';
import type { SyncPorts } from '../sync/ports.ts';
import type { SyncTrigger } from '../sync/sync-run.ts';
import { createTurns, type Turns } from '../sync/turns.ts';
import { startExaminations } from './examinations.ts';
import { firewallWarnings } from './firewall-warnings.ts';
import type { Openings } from './openings.ts';
import { createRunHistory } from './run-history.ts';
import type { FirewallView } from './view-publisher.ts';

/** What a new alias already holds is kept this long, and shown to a person. */
const ADOPTED_FOR_MS = 24 * 3_600_000;

/** Addresses without a cause that a report counts. */
const MOST_UNEXPLAINED = 1000;

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
  /** The groups it serves, by name. */
  readonly groups: 'all' | readonly string[];
  readonly driver: Driver;
}

export interface FirewallsDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly db: MainDb;
  readonly ledger: Ledger;
  readonly openings: Pick<Openings, 'current' | 'removalCause'>;
  readonly specs: readonly FirewallSpec[];
  readonly groupName: (id: number) => string;
  readonly isNeverOpened: (address: IpAddress) => boolean;
  /** Runs a write; false when the disk is full. */
  readonly attempt: (what: string, write: () => void) => boolean;
  /** What a firewall holds has changed: the workers must be told. Resolves when they have it in force. */
  readonly onChange: (addresses: readonly IpAddress[]) => Promise<void>;
}

export interface Firewalls {
  readonly views: readonly FirewallView[];
  /** Takes up a new list of groups; returns those whose answers wait for a firewall. */
  useGroups(groups: readonly { readonly id: number; readonly name: string }[]): ReadonlySet<number>;
  /** `opened`: only these have become wanted, or wanted for longer. */
  nudge(groupIds: ReadonlySet<number>, trigger: SyncTrigger, opened?: readonly IpAddress[]): void;
  nudgeAll(trigger: SyncTrigger): void;
  byName(name: string): { readonly sync: FirewallSync; examine(): Promise<readonly Finding[]> };
  reports(): readonly FirewallReport[];
  heldBy(
    address: IpAddress,
    groupId: number,
  ): readonly {
    readonly name: string;
    readonly held: boolean;
    /** False for a stand-in, and for an alias that no rule uses: what it holds stops and opens nothing. */
    readonly enforces: boolean;
    readonly readAt: number | undefined;
  }[];
  /**
   * Whether packets went to the address since then: true when any of the group's firewalls counted some, false when
   * those that count saw none, undefined when none can tell.
   */
  usedSince(groupId: number, address: IpAddress, time: number): boolean | undefined;
  /** Whole sentences about what a person should look at. */
  warnings(): readonly string[];
  close(): Promise<void>;
}

export function createFirewalls(deps: FirewallsDeps): Firewalls {
  const boxes = new Map<string, Turns>();
  const turnsOf = (box: string): Turns => {
    const turns = boxes.get(box) ?? createTurns();
    boxes.set(box, turns);
    return turns;
  };
  const all = deps.specs.map((spec) => createFirewall(spec, deps, turnsOf(spec.box ?? `alone ${spec.name}`)));
  return {
    get views() {
      return all.map((firewall) => firewall.view());
    },
    useGroups(groups) {
      for (const firewall of all) firewall.useGroups(groups);
      const required = all.filter(({ spec }) => spec.required);
      return new Set(required.flatMap((firewall) => [...firewall.groupIds()]));
    },
    nudge(groupIds, trigger, opened) {
      for (const firewall of all) {
        if (!groupIds.isDisjointFrom(firewall.groupIds())) firewall.sync.nudge(trigger, opened);
      }
    },
    nudgeAll(trigger) {
      for (const { sync } of all) sync.nudge(trigger);
    },
    byName(name) {
      const found = all.find(({ spec }) => spec.name === name);
      if (found === undefined) {
        const names = all.map(({ spec }) => spec.name).join(', ');
        throw new KnownError('not-found', `there is no firewall named ${name}`, {
          hint: names === '' ? 'No firewall is configured.' : `Configured: ${names}.`,
        });
      }
      return found;
    },
    reports: () => all.map((firewall) => firewall.report()),
    heldBy: (address, groupId) =>
      all
        .filter((firewall) => firewall.groupIds().has(groupId))
        .map(({ spec, sync, enforces }) => ({
          name: spec.name,
          held: sync.held.has(address),
          enforces: enforces(),
          readAt: sync.status().lastSuccessAt,
        })),
    usedSince(groupId, address, time) {
      const told = all
        .filter((firewall) => firewall.groupIds().has(groupId))
        .map(({ sync }) => sync.usedSince(address, time));
      return told.find((used) => used === true) ?? told.find((used) => used === false);
    },
    warnings: () => all.flatMap(({ spec, sync }) => firewallWarnings(spec, sync.status(), deps.clock.now())),
    async close() {
      await Promise.all(all.map((firewall) => firewall.close()));
    },
  };
}

function createFirewall(spec: FirewallSpec, deps: FirewallsDeps, turns: Turns) {
  const { clock, db, ledger } = deps;
  const log = deps.log.child({ firewall: spec.name });
  const identity = ensureFirewall(db, { name: spec.name, driver: spec.kind, alias: spec.alias });
  const dear = spec.driver.capabilities.writeBudget !== undefined;
  let groupIds: ReadonlySet<number> = new Set();
  let known = identity.firstReadAt !== undefined;

  const { mode = 'write', sentinel = false } = spec;
  const desired = (): Desired => {
    return desiredEntries({
      leases: ledger.live(),
      ended: ledger.recentlyEnded(),
      openings: deps.openings.current(),
      groupIds,
      linger: dear,
      isNeverOpened: deps.isNeverOpened,
      sentinel: sentinel && groupIds.size > 0,
      now: clock.now(),
    });
  };

  const removalCause = (address: IpAddress) => {
    if (deps.isNeverOpened(address)) return { cause: 'never-list', urgent: true };
    const ended = ledger
      .endedAt(address)
      // A group that is gone is in no firewall's list any more; what it had open may go all the same.
      .findLast((lease) => groupIds.has(lease.groupId) || lease.endCause === 'group-gone');
    if (ended !== undefined)
      return { cause: ended.endCause, urgent: ended.endCause !== 'expired' || ended.temporary };
    return deps.openings.removalCause(address, groupIds);
  };

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
    desired,
    desiredAt: (address) =>
      desiredEntries({
        leases: ledger.ofAddress(address),
        ended: [],
        // An address opened by hand is held already, or the whole run adds it.
        openings: [],
        groupIds,
        linger: false,
        isNeverOpened: deps.isNeverOpened,
        sentinel: false,
        now: clock.now(),
      }).get(address),
    removalCause,
    withdraw: (addresses) => deps.onChange(addresses),
    isNewAlias: () => !known,
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
      // Whether a rule uses the alias can often be seen only when it holds something.
      if (run.outcome === 'applied' && examinations.ruleUse === 'unknown') examinations.lookSoon();
      writeDown(run);
    },
  };
  const sync = new FirewallSync(spec.driver, ports, { mode, sentinel, turns });

  const examinations = startExaminations({ clock, log, driver: spec.driver });

  return {
    spec,
    sync,
    examine: examinations.examine,
    groupIds: () => groupIds,
    enforces: () => spec.driver.capabilities.enforces && examinations.ruleUse !== 'unused',
    useGroups(groups: readonly { readonly id: number; readonly name: string }[]) {
      groupIds = new Set(
        groups.filter(({ name }) => spec.groups === 'all' || spec.groups.includes(name)).map(({ id }) => id),
      );
    },
    view: (): FirewallView => ({
      groupIds,
      required: spec.required,
      read: sync.wasRead,
      held: sync.held,
      canConfirm: sync.canConfirm,
    }),
    report(): FirewallReport {
      const status = sync.status();
      // Looks at every open address, which a group that asks whether it is enforced does not need.
      let counted: Desired | undefined;
      const wanted = (): Desired => {
        counted ??= desired();
        return counted;
      };
      return {
        name: spec.name,
        driver: spec.kind,
        alias: spec.alias,
        groups: [...groupIds].map(deps.groupName),
        enforces: spec.driver.capabilities.enforces,
        connected: status.state === 'up' || status.state === 'behind',
        ruleUse: examinations.ruleUse,
        typicalLatencyMs: spec.driver.capabilities.typicalLatencyMs,
        get desired() {
          return wanted().size;
        },
        get unexplained() {
          const isExplained = (address: IpAddress) =>
            wanted().has(address) || removalCause(address) !== undefined;
          return countUnexplained(sync.held.keys(), isExplained);
        },
        status,
        findings: examinations.findings,
      };
    },
    async close() {
      examinations.close();
      await sync.close();
    },
  };
}

/** A removal that is due has a cause; each address without one is looked up, so a very strange alias is not counted to its end. */
function countUnexplained(held: Iterable<IpAddress>, isExplained: (address: IpAddress) => boolean): number {
  let count = 0;
  for (const address of held) {
    if (!isExplained(address) && ++count >= MOST_UNEXPLAINED) break;
  }
  return count;
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
