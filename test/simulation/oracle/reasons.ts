/** Why an address may be open for a group, by one name: what upstreams answered and clients were told. */
import type { Firewall } from '../firewall.ts';
import { createPairs } from '../keys.ts';
import { DAY, type WorldDesign } from '../world.ts';
import { ABSENCE_MS, LATE_MS, LEAST_HEADROOM_MS, ROUNDING_MS, STALE_TTL_S } from './terms.ts';

export interface Reason {
  readonly group: string;
  readonly name: string;
  readonly address: string;
  readonly family: 4 | 6;
  /** The longest its lease can last by what upstreams answered and clients were told. */
  until: number;
  /** The same while its upstreams fail. */
  outageUntil: number;
  /** Until when some client may keep it, the grace included, whatever the mode was when it was told. */
  mayStayUntil: number;
  /** The same of what was answered and told while learning: a pause that ends leaves it. */
  learnStaysUntil: number;
  /** The same of what was in the tables when it was told, in enforce mode: it must be there. */
  toldUntil: number;
  /** The same as of the last time that something could be written down. */
  savedUntil: number;
  /** The same while nothing waited for the firewall: it must be there unless that was in trouble. */
  learntUntil: number;
  /** The same of what learning told, whatever a pause told besides, and ends. */
  learntAloneUntil: number;
  /** Kept so long because it is in use. */
  inUseUntil: number;
  /** If it is leased, then so long. */
  leasedUntil: number;
  /** Its lease may have ended before, and it has come back. */
  mayHaveReturned: boolean;
  /** When it last explained why the address is open. */
  explainedAt: number;
}

export type Reasons = ReturnType<typeof createReasons>;

export interface ReasonsParts {
  readonly design: WorldDesign;
  readonly firewalls: readonly Firewall[];
  readonly now: () => number;
}

export function createReasons({ design, firewalls, now }: ReasonsParts) {
  const keyOf = createPairs();
  const groups = new Map(design.groups.map((group) => [group.name, group]));
  /** By group and address; then by name. */
  const reasons = new Map<string, Map<string, Reason>>();
  /** The same by group, family and name. */
  const ofQuestion = new Map<string, Set<Reason>>();
  const ofGroup = new Map<string, Set<Reason>>();

  const questionKey = (group: string, family: 4 | 6, name: string): string =>
    keyOf(keyOf(group, FAMILY_TEXT[family]), name);
  const question = (group: string, family: 4 | 6, name: string): ReadonlySet<Reason> =>
    ofQuestion.get(questionKey(group, family, name)) ?? NO_REASONS;
  const graceOf = (group: string): number => groups.get(group)?.graceMs ?? 0;
  /** A lease is renewed before half of what it lasts beyond its told term is over; where a cap is near, it may end then. */
  const hasRoom = design.limits.rule > LOW_LIMIT;
  const leastTerm = (group: string, ttlS: number): number =>
    ttlS * 1000 +
    graceOf(group) +
    (hasRoom ? Math.max(ttlS * 1000, groups.get(group)?.headroomMs ?? 0) / 2 - ROUNDING_MS : 0);
  const longestTerm = (group: string, ttlS: number): number =>
    ttlS * 1000 +
    graceOf(group) +
    Math.max(ttlS * 1000, groups.get(group)?.headroomMs ?? 0, LEAST_HEADROOM_MS) +
    LATE_MS;

  const isOpenFor = ({ group, address }: Reason): boolean =>
    firewalls.every((firewall) => !firewall.design.groups.includes(group) || firewall.table.has(address));

  const known = {
    graceOf,
    /** The longest a lease can last from an answer or a reply on. */
    longestTerm,
    /** The least it lasts from then on, if it is leased by that. */
    leastTerm,
    /** The latest end of a lease made now. Where what allows it ends before, and something else allows it then, it goes on for a grace. */
    longestUntil(group: string, ttlS: number, ends: readonly number[]): number {
      const until = now() + longestTerm(group, ttlS);
      const cut = ends.filter((end) => end > now() && end < until);
      return Math.max(until, ...cut.map((end) => end + graceOf(group) + LATE_MS));
    },
    of: (group: string, address: string): Iterable<Reason> =>
      reasons.get(keyOf(group, address))?.values() ?? [],
    ofQuestion: question,
    ofGroup: (group: string): ReadonlySet<Reason> => ofGroup.get(group) ?? NO_REASONS,
    *all(): Iterable<Reason> {
      for (const names of reasons.values()) yield* names.values();
    },
    /** The one there is, or a new one that explains nothing yet. */
    ensure(group: string, name: string, address: string): Reason {
      const key = keyOf(group, address);
      let names = reasons.get(key);
      if (names === undefined) {
        names = new Map();
        reasons.set(key, names);
      }
      let reason = names.get(name);
      if (reason === undefined) {
        const family = familyOf(address);
        reason = { group, name, address, family, ...NOTHING };
        names.set(name, reason);
        const asked = questionKey(group, family, name);
        ofQuestion.set(asked, (ofQuestion.get(asked) ?? new Set()).add(reason));
        ofGroup.set(group, (ofGroup.get(group) ?? new Set()).add(reason));
      }
      return reason;
    },
    /** An answer names it, or a reply tells it: its lease goes on, or begins again. `leasedUntil`: the least it lasts, if it is leased by that. */
    extend(reason: Reason, until: number, leasedUntil: number): void {
      const isNew = reason.until === 0;
      if (!isNew && reason.leasedUntil < now()) reason.mayHaveReturned = true;
      // What no table holds yet may be leased by an earlier answer, and is not renewed by this one.
      if (isNew || isOpenFor(reason)) reason.leasedUntil = Math.max(reason.leasedUntil, leasedUntil);
      reason.until = Math.max(reason.until, until);
    },
    isLive: (reason: Reason): boolean =>
      Math.max(reason.until, reason.outageUntil, reason.mayStayUntil) > now(),
    /** What is open for the name goes on: a minute for each look that fails, or for the term of a stale answer, told or not. */
    goOn(group: string, family: 4 | 6, name: string): void {
      for (const reason of question(group, family, name))
        if (Math.max(reason.until, reason.outageUntil) + ABSENCE_MS > now())
          reason.outageUntil = Math.max(reason.outageUntil, now() + longestTerm(group, STALE_TTL_S));
    },
    /** What explains nothing any more. */
    forget(): void {
      for (const [key, names] of reasons) {
        for (const [name, reason] of names)
          if (Math.max(reason.until, reason.mayStayUntil) + 2 * DAY < now()) {
            names.delete(name);
            ofQuestion.get(questionKey(reason.group, reason.family, name))?.delete(reason);
            ofGroup.get(reason.group)?.delete(reason);
          }
        if (names.size === 0) reasons.delete(key);
      }
    },
  };
  return known;
}

/** Until when nobody may end its lease. */
export function surelyUntil({ toldUntil, learntUntil }: Reason): number {
  return Math.max(toldUntil, learntUntil);
}

/** Nobody needs to be kept longer than this, and what was told is no reason any more. */
export function limitTold(reason: Reason, until: number): void {
  reason.toldUntil = Math.min(reason.toldUntil, until);
  reason.learntUntil = Math.min(reason.learntUntil, until);
  reason.learntAloneUntil = Math.min(reason.learntAloneUntil, until);
  reason.leasedUntil = Math.min(reason.leasedUntil, until);
}

/** A pause ends: what it told is no reason any more, and what was learnt before it is none of its. */
export function limitToldInPause(reason: Reason, until: number): void {
  const { learntAloneUntil } = reason;
  limitTold(reason, until);
  reason.learntAloneUntil = learntAloneUntil;
  reason.learntUntil = Math.max(reason.learntUntil, learntAloneUntil);
}

/** A and AAAA of a name are asked, and fail, apart. */
export function familyName(family: 4 | 6): '4' | '6' {
  return FAMILY_TEXT[family];
}

function familyOf(address: string): 4 | 6 {
  return address.includes(':') ? 6 : 4;
}

const NOTHING = {
  until: 0,
  outageUntil: 0,
  mayStayUntil: 0,
  learnStaysUntil: 0,
  toldUntil: 0,
  savedUntil: 0,
  learntUntil: 0,
  learntAloneUntil: 0,
  inUseUntil: 0,
  leasedUntil: 0,
  mayHaveReturned: false,
  explainedAt: 0,
};

/** Limits that a simulated house reaches; the others are far above what it opens. */
const LOW_LIMIT = 100;

const NO_REASONS: ReadonlySet<Reason> = new Set();

const FAMILY_TEXT = { 4: '4', 6: '6' } as const;
