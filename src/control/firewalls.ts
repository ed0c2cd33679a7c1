/** The configured firewalls, and what the rest of the house may know of them. */
import type { FirewallReport } from '../actions/ports.ts';
import type { FetchableList } from '../api/ports.ts';
import { KnownError } from '../base/errors.ts';
import type { IpAddress } from '../base/ip-address.ts';
import type { SyncTrigger } from '../sync/sync-run.ts';
import { createTurns } from '../sync/turns.ts';
import { createWriteBudget } from '../sync/write-budget.ts';
import {
  type Box,
  createFirewall,
  type Firewall,
  type FirewallDeps,
  type FirewallSpec,
  lastWrites,
  type ServedGroup,
} from './firewall.ts';
import { firewallWarnings } from './firewall-warnings.ts';
import type { ServedGroups } from './policy-source.ts';
import { watchPresence } from './presence.ts';
import type { FirewallView } from './view-publisher.ts';

export interface FirewallsDeps extends FirewallDeps {
  readonly specs: readonly FirewallSpec[];
}

export interface Firewalls {
  readonly views: readonly FirewallView[];
  /** Takes up a new list of groups; returns what the firewalls mean for them. */
  useGroups(groups: readonly ServedGroup[]): ServedGroups;
  /** `opened`: only these have become wanted, or wanted for longer. */
  nudge(groupIds: ReadonlySet<number>, trigger: SyncTrigger, opened?: readonly IpAddress[]): void;
  nudgeAll(trigger: SyncTrigger): void;
  byName(name: string): Pick<Firewall, 'spec' | 'sync' | 'examine' | 'missing' | 'unexplained' | 'roundTrip'>;
  reports(): readonly FirewallReport[];
  /** What firewalls fetch. */
  lists(): readonly FetchableList[];
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
  const boxes = new Map<string, Box>();
  const shareBox = (spec: FirewallSpec): Box => {
    const name = boxNameOf(spec);
    const box =
      boxes.get(name) ??
      makeBox(
        deps.specs.filter((other) => boxNameOf(other) === name),
        deps,
      );
    boxes.set(name, box);
    return box;
  };
  const all = deps.specs.map((spec) => createFirewall(spec, deps, shareBox(spec)));
  const stopWatching = watchPresence({ clock: deps.clock, firewalls: all });
  let strict: readonly ServedGroup[] = [];
  /** The file is checked for this when it is read; groups that are kept in the database are not in it. */
  const strictOn = ({ spec, groupIds }: Firewall) =>
    spec.required && spec.driver.capabilities.confirms !== 'table'
      ? strict.filter(({ id }) => groupIds().has(id)).map(({ name }) => name)
      : [];
  return {
    get views() {
      return all.map((firewall) => firewall.view());
    },
    useGroups(groups) {
      strict = groups.filter(({ onHoldLimit }) => onHoldLimit === 'servfail');
      for (const firewall of all) firewall.useGroups(groups);
      const required = all.filter(({ spec }) => spec.required);
      const isDear = ({ spec }: Firewall) =>
        spec.mode !== 'verify' && spec.driver.capabilities.writeBudget !== undefined;
      return { gated: groupsOf(required), frugal: groupsOf(all.filter(isDear)) };
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
    lists: () => all.flatMap(({ list }) => list ?? []),
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
    warnings: () =>
      all.flatMap((firewall) =>
        firewallWarnings(
          firewall.spec,
          { ...firewall.sync.status(), strictGroups: strictOn(firewall) },
          deps.clock.now(),
        ),
      ),
    async close() {
      stopWatching();
      await Promise.all(all.map((firewall) => firewall.close()));
    },
  };
}

function boxNameOf({ box, name }: FirewallSpec): string {
  return box ?? `alone ${name}`;
}

/** Its aliases are of one kind, and so is what a write costs. */
function makeBox(specs: readonly FirewallSpec[], deps: FirewallDeps): Box {
  const limit = specs.find(({ driver }) => driver.capabilities.writeBudget)?.driver.capabilities.writeBudget;
  const before = specs.flatMap((spec) => lastWrites(spec, deps)).sort((a, b) => a - b);
  return { turns: createTurns(), budget: createWriteBudget(limit, deps.clock, before) };
}

function groupsOf(firewalls: readonly Firewall[]): ReadonlySet<number> {
  return new Set(firewalls.flatMap((firewall) => [...firewall.groupIds()]));
}
