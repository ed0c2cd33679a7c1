/** What the judge knows of each firewall: its losses, its troubles, and what was in it before us. */
import type { Firewall } from '../firewall.ts';
import { DAY } from '../world.ts';
import type { OracleParts } from './parts.ts';
import { CLOCK_STEP_MS } from './terms.ts';

export interface Table {
  /** What left the table although nobody here asked for it. */
  readonly losses: Map<string, { readonly at: number; noticed: boolean }>;
  disturbedAt: number;
  /** When it was last asked to change something. */
  wroteAt: number;
  readonly unjustified: Map<string, Unjustified>;
  readonly use: Map<string, { readonly packets: number; readonly at: number }>;
  /** True until the first read of a run of ours. */
  isNewRun: boolean;
  adopts: boolean;
  readonly adoptedUntil: Map<string, number>;
  /** How often each was removed that a person at the firewall had added. */
  readonly fought: Map<string, number>;
  /** What a person has added, so much of it that it stays until a person says what becomes of it. */
  readonly waiting: Set<string>;
  /** After the loss of our ledger: nothing goes before that. */
  readonly keptUntil: Map<string, number>;
  /** Addresses that must outlive the outage, with the names that need them. */
  readonly protected: Map<string, Set<string>>;
}

/** An address that nothing explains any more. */
export interface Unjustified {
  readonly since: number;
  /** Somebody has closed it, or had said when it is to be closed: that is put off for nothing. */
  readonly isUrgent: boolean;
}

export type Tables = ReturnType<typeof createTables>;

export type TablesParts = Pick<OracleParts, 'firewalls' | 'openings' | 'now' | 'mayBeUnsaved' | 'count'>;

export function createTables({ firewalls, openings, now, mayBeUnsaved, count }: TablesParts) {
  const tables = new Map(firewalls.map((firewall) => [firewall, newTable()]));
  const of = (firewall: Firewall): Table => {
    const found = tables.get(firewall);
    if (found === undefined) throw new Error(`unknown firewall ${firewall.design.name}`);
    return found;
  };

  /** An adopted address is leased to its group; whose table it was found in is not known any more to the next run. */
  const knowAdopted = (firewall: Firewall): void => {
    const { groups: served } = firewall.design;
    const { adoptedUntil } = of(firewall);
    for (const other of firewalls) {
      if (!other.design.groups.some((group) => served.includes(group))) continue;
      for (const [address, until] of of(other).adoptedUntil)
        if (firewall.table.has(address))
          adoptedUntil.set(address, Math.max(adoptedUntil.get(address) ?? 0, until));
    }
  };

  const takeOver = (firewall: Firewall, addresses: Iterable<string>, madeAt: number): void => {
    for (const address of addresses) {
      count('seen: adoption');
      of(firewall).adoptedUntil.set(address, madeAt + DAY + CLOCK_STEP_MS);
    }
  };

  return {
    of,
    /** What a person at the firewall has added goes, unless it keeps coming back, or nothing else is there. */
    isAnothers(firewall: Firewall, address: string): boolean {
      if (!firewall.foreign.has(address)) return false;
      if (of(firewall).waiting.has(address)) return true;
      if ((of(firewall).fought.get(address) ?? 0) >= FOUGHT) {
        count('seen: another writer');
        return true;
      }
      return firewall.table.keys().every((other) => firewall.foreign.has(other));
    },
    /** It was removed, and nobody here knows it. */
    fought(firewall: Firewall, address: string): void {
      const { fought } = of(firewall);
      count('seen: foreign address removed');
      fought.set(address, (fought.get(address) ?? 0) + 1);
    },
    all: (): Iterable<Table> => tables.values(),
    isOpen: (firewall: Firewall, address: string): boolean =>
      (firewall.table.get(address)?.endsAt ?? 0) > now(),
    /** True while nobody could know that the firewall has lost it. */
    isUnnoticedLoss: (firewall: Firewall, address: string): boolean =>
      of(firewall).losses.get(address)?.noticed === false,
    /** A read made at this time has reached the control plane; `noticed` says later that it could tell the workers. */
    shown(firewall: Firewall, madeAt: number): void {
      const one = of(firewall);
      if (one.isNewRun) {
        knowAdopted(firewall);
        takeOver(firewall, firewall.foreign, madeAt);
      }
      // What cannot be written down is not taken over, and tried again with the next read.
      one.isNewRun = mayBeUnsaved();
      if (!one.adopts) return;
      one.adopts = false;
      takeOver(firewall, firewall.table.keys(), madeAt);
      for (const address of firewall.table.keys()) {
        // What is pinned or listed is known, and not taken over: closing that works at once.
        if (!openings.explains(firewall.design.groups, address))
          one.keptUntil.set(address, madeAt + DAY - CLOCK_STEP_MS);
      }
    },
    /** A person keeps what a held plan would have removed. */
    dropped(firewall: Firewall, removals: readonly string[]): void {
      takeOver(firewall, removals, now());
      for (const address of removals) of(firewall).waiting.delete(address);
    },
    filled(firewall: Firewall, added: readonly string[]): void {
      for (const address of added) of(firewall).waiting.add(address);
    },
    /** True when a read made then shows a loss that nobody could know of before. */
    hasUnnoticed: (firewall: Firewall, madeAt: number): boolean =>
      of(firewall)
        .losses.values()
        .some(({ at, noticed }) => at <= madeAt && !noticed),
    noticed(firewall: Firewall, madeAt: number): void {
      for (const loss of of(firewall).losses.values()) if (loss.at <= madeAt) loss.noticed = true;
    },
    wrote(firewall: Firewall): void {
      of(firewall).wroteAt = now();
    },
    /** Something is wrong with it now, or with us: its table is not held against anybody until it has worked for a while. */
    disturbed(some: readonly Firewall[]): void {
      for (const firewall of some) {
        of(firewall).disturbedAt = now();
        // The second of a pair has what the first one has.
        for (const other of firewalls)
          if (other.design.copies === firewall.design.name) of(other).disturbedAt = now();
      }
    },
  };
}

/** Removals after which an address that is back is somebody else's. */
const FOUGHT = 3;

function newTable(): Table {
  return {
    losses: new Map(),
    disturbedAt: 0,
    wroteAt: 0,
    unjustified: new Map(),
    use: new Map(),
    isNewRun: false,
    adopts: false,
    adoptedUntil: new Map(),
    fought: new Map(),
    waiting: new Set(),
    keptUntil: new Map(),
    protected: new Map(),
  };
}
