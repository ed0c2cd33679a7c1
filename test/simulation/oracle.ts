/**
 * Judges from outside: what clients were told, what upstreams saw, what the firewalls pass, what people decided.
 * It shares no code with what it judges.
 *
 *   P1  a question reaches an upstream        ─▶ somebody allowed the name
 *   P2  once a minute, every table            ─▶ each address has a cause that can be derived here
 *   P3  a reply reaches a client              ─▶ its addresses are in every required table, or it is marked
 *   P4  an address leaves a table             ─▶ nobody is still told to keep it; what the firewall lost comes back
 *   P5  an address leaves a table             ─▶ not while its upstreams fail, nor because we forgot it
 */
import { type DecreeBook, type Judgement, judge } from './decrees.ts';
import type { Firewall, Removal } from './firewall.ts';
import { createPairs } from './keys.ts';
import type { Openings } from './openings.ts';
import type { UpstreamAnswer } from './upstream.ts';
import { DAY, HOUR, MINUTE, SECOND, type WorldDesign } from './world.ts';

export type PromiseName = 'P1' | 'P2' | 'P3' | 'P4' | 'P5';

export interface ToldAddress {
  readonly address: string;
  readonly ttlS: number;
}

export interface ToldReply {
  readonly group: string;
  readonly name: string;
  readonly type: 'A' | 'AAAA';
  readonly addresses: readonly ToldAddress[];
  /** What names it among the lines of the query log. */
  readonly key: string;
}

export interface OracleParts {
  readonly design: WorldDesign;
  readonly firewalls: readonly Firewall[];
  readonly decrees: DecreeBook;
  readonly openings: Pick<Openings, 'explains' | 'mustStay'>;
  readonly now: () => number;
  /** What the house's clock says more than the world's. */
  readonly clockOffset: () => number;
  readonly isDiskFull: () => boolean;
  /** The disk is full, or was a moment ago. */
  readonly mayBeUnsaved: () => boolean;
  readonly broken: (promise: PromiseName, detail: string) => void;
  readonly count: (what: string) => void;
}

/** Why an address may be in the tables of a group, by one name. */
interface Reason {
  readonly name: string;
  readonly address: string;
  readonly family: 4 | 6;
  /** The longest its lease can last by what upstreams answered and clients were told. */
  until: number;
  /** The same while its upstreams fail. */
  outageUntil: number;
  /** Until when some client may keep it, the grace included, whatever the mode was when it was told. */
  mayStayUntil: number;
  /** The same of what was in the tables when it was told, in enforce mode: it must be there. */
  toldUntil: number;
  /** The same as of the last time that something could be written down. */
  savedUntil: number;
  /** The same while nothing waited for the firewall: it must be there unless that was in trouble. */
  learntUntil: number;
}

/** Answers end in the ledger a little later than here: messages, commits and alarms take their time. */
const LATE_MS = 90 * SECOND;
/** While upstreams fail the last good answer is told for as long, and renews what it leads to. */
const STALE_TTL_S = 30;
const OUTAGE_LIMIT_MS = 24 * HOUR;
/** No restart takes longer; what ends meanwhile is noticed after it, or never. */
const ABSENCE_MS = 10 * MINUTE;
/** How long a clock that was set may make things look longer or shorter. */
const CLOCK_STEP_MS = HOUR;
const LINGER_MS = 48 * HOUR;
/** An address in use is kept at most as long. */
const IN_USE_LIMIT_MS = 24 * HOUR;
/** Packets that long ago still count as use: two read-backs, and the step of two minutes. */
const IN_USE_MS = 6 * MINUTE;
const LEAST_HEADROOM_MS = 3 * SECOND;
/** A loss that a read has shown must be known to the workers after this. */
const NOTICE_MS = 12 * SECOND;
/** A reply that nobody marks in the log within this was told as confirmed. */
const MARK_MS = 15 * SECOND;
/** What a cache repeats counts down in whole seconds; a lease that learning ends has no headroom for the rest of one. */
const ROUNDING_MS = SECOND;
const SENTINEL = '192.0.2.254';

/** How long a firewall must have worked before its table is held against us: a sync, a back-off and what a write costs. */
const SETTLED_MS = { timed: 4 * MINUTE, plain: 4 * MINUTE, dear: 12 * MINUTE } as const;
/** Where writes are dear, removals wait for each other. */
const CLOSED_MS = { timed: 4 * MINUTE, plain: 4 * MINUTE, dear: 6 * HOUR + 40 * MINUTE } as const;

export type Oracle = ReturnType<typeof createOracle>;

export function createOracle(parts: OracleParts) {
  const { design, firewalls, decrees, openings, now, clockOffset, isDiskFull, mayBeUnsaved, broken, count } =
    parts;
  const keyOf = createPairs();
  const groups = new Map(design.groups.map((group) => [group.name, group]));
  const requiredOf = new Map(
    design.groups.map(({ name }) => [
      name,
      firewalls.filter(({ design: one }) => one.required && one.groups.includes(name)),
    ]),
  );
  /** By group and address; then by name. */
  const reasons = new Map<string, Map<string, Reason>>();
  /** The same by group, family and name. */
  const ofQuestion = new Map<string, Set<Reason>>();
  const ofGroup = new Map<string, Set<Reason>>();
  /** When what upstreams answered last has run out, by family and name: what is told later is the last good answer, not a new one. */
  const freshUntil = new Map<string, number>();
  /** Since when all questions for a family and name have failed. */
  const failingSince = new Map<string, number>();
  const state = new Map(firewalls.map((firewall) => [firewall, newState()]));
  let suspects = new Map<string, { readonly at: number; readonly detail: string }>();
  /** What was told lately in groups that would rather be told something closed than nothing. */
  let raised: { key: string; at: number; reason: Reason; from: number; to: number }[] = [];
  let marked = 0;
  let outageSince: number | undefined;
  let restores = false;
  let cached = new Map<string, readonly Judgement[]>();
  let cachedUntil = 0;

  const of = (firewall: Firewall) => {
    const found = state.get(firewall);
    if (found === undefined) throw new Error(`unknown firewall ${firewall.design.name}`);
    return found;
  };

  /** What every decree that may be in force says. */
  const judgements = (group: string, name: string): readonly Judgement[] => {
    if (now() >= cachedUntil) forgetJudgements();
    const key = keyOf(group, name);
    let found = cached.get(key);
    if (found === undefined) {
      found = decrees.possible.flatMap((decree) => {
        const decreed = decree.get(group);
        return decreed === undefined ? [] : [judge(decreed, name, now() + clockOffset())];
      });
      cached.set(key, found);
    }
    return found;
  };
  const forgetJudgements = () => {
    cached = new Map();
    const house = now() + clockOffset();
    const ends = decrees.possible.flatMap((decree) =>
      [...decree.values()].flatMap(({ pausedUntil, rules }) => [
        pausedUntil,
        ...rules.map((rule) => rule.expiresAt),
      ]),
    );
    const next = Math.min(...ends.filter((end) => end !== undefined && end > house).map(Number));
    cachedUntil = next - clockOffset();
  };
  const latest = (group: string, name: string): Judgement | undefined => {
    const decreed = decrees.latest.get(group);
    return decreed && judge(decreed, name, now() + clockOffset());
  };

  const allowedAt = (group: string, name: string, at: number): boolean => {
    const decreed = decrees.latest.get(group);
    return decreed === undefined || judge(decreed, name, at).allowed;
  };

  const questionKey = (group: string, family: 4 | 6, name: string): string =>
    keyOf(keyOf(group, FAMILY_TEXT[family]), name);

  const reasonFor = (group: string, name: string, address: string): Reason => {
    const key = keyOf(group, address);
    let names = reasons.get(key);
    if (names === undefined) {
      names = new Map();
      reasons.set(key, names);
    }
    let reason = names.get(name);
    if (reason === undefined) {
      const family = familyOf(address);
      reason = {
        name,
        address,
        family,
        until: 0,
        outageUntil: 0,
        mayStayUntil: 0,
        toldUntil: 0,
        savedUntil: 0,
        learntUntil: 0,
      };
      names.set(name, reason);
      const question = questionKey(group, family, name);
      ofQuestion.set(question, (ofQuestion.get(question) ?? new Set()).add(reason));
      ofGroup.set(group, (ofGroup.get(group) ?? new Set()).add(reason));
    }
    return reason;
  };
  const reasonsFor = (group: string, address: string): Iterable<Reason> =>
    reasons.get(keyOf(group, address))?.values() ?? [];

  const longestTerm = (group: string, ttlS: number): number => {
    const { graceMs = 0, headroomMs = 0 } = groups.get(group) ?? {};
    return ttlS * 1000 + graceMs + Math.max(ttlS * 1000, headroomMs, LEAST_HEADROOM_MS) + LATE_MS;
  };

  const graceOf = (group: string): number => groups.get(group)?.graceMs ?? 0;

  const question = (group: string, family: 4 | 6, name: string): ReadonlySet<Reason> =>
    ofQuestion.get(questionKey(group, family, name)) ?? NO_REASONS;

  /** What is open for the name goes on: a minute for each look that fails, or for the term of a stale answer, told or not. */
  const goesOn = (group: string, family: 4 | 6, name: string): void => {
    for (const reason of question(group, family, name))
      if (Math.max(reason.until, reason.outageUntil) + ABSENCE_MS > now())
        reason.outageUntil = Math.max(reason.outageUntil, now() + longestTerm(group, STALE_TTL_S));
  };

  /**
   * A name has about as many addresses open as it may, or its group has. What is open for a reason may be leased for
   * it or not; nobody outside can tell, so all of it counts.
   */
  const isCrowded = (firewall: Firewall, group: string, name: string, family: 4 | 6): boolean => {
    const { limits } = design;
    const areOpen = (some: ReadonlySet<Reason>, least: number) => {
      if (some.size < least) return false;
      let open = 0;
      for (const reason of some) if (isLive(reason) && firewall.table.has(reason.address)) open++;
      return open >= least;
    };
    if (areOpen(question(group, family, name), limits.name - 1)) return true;
    return areOpen(ofGroup.get(group) ?? NO_REASONS, Math.min(limits.rule, limits.group, limits.learn) - 1);
  };
  const mayBeLeftOut = (group: string, name: string, family: 4 | 6): boolean =>
    isDiskFull() ||
    (requiredOf.get(group) ?? []).some((firewall) => isCrowded(firewall, group, name, family));
  const isLive = (reason: Reason): boolean =>
    Math.max(reason.until, reason.outageUntil, reason.mayStayUntil) > now();

  const isOpen = (firewall: Firewall, address: string): boolean =>
    (firewall.table.get(address)?.endsAt ?? 0) > now();

  /** True while nobody could know that the firewall has lost it. */
  const isUnnoticedLoss = (firewall: Firewall, address: string): boolean =>
    of(firewall).losses.get(address)?.noticed === false;

  const isJustified = (firewall: Firewall, address: string, entryPackets: number): boolean => {
    if (address === SENTINEL || firewall.foreign.has(address)) return true;
    if (openings.explains(firewall.design.groups, address)) return true;
    const { adoptedUntil, use } = of(firewall);
    if ((adoptedUntil.get(address) ?? 0) > now()) return true;
    const used = use.get(address);
    if (used === undefined || entryPackets !== used.packets)
      use.set(address, { packets: entryPackets, at: used === undefined ? 0 : now() });
    const usedAt = use.get(address)?.at ?? 0;
    const lingers = firewall.design.kind === 'dear' ? LINGER_MS + CLOCK_STEP_MS : 0;
    for (const group of firewall.design.groups) {
      for (const reason of reasonsFor(group, address)) {
        const allowed = judgements(group, reason.name);
        const isAllowed = allowed.some((judgement) => judgement.allowed);
        // Told while learning: kept for the told term, whatever the mode is now.
        if (!isAllowed && reason.mayStayUntil > now() && !allowed.some(({ by }) => by === 'deny'))
          return true;
        if (!isAllowed) continue;
        const until = Math.max(reason.until, reason.outageUntil);
        if (until > now() && reason.until <= now()) count('seen: outage extension');
        if (until + lingers > now()) return true;
        if (now() - usedAt < IN_USE_MS && until + IN_USE_LIMIT_MS > now()) return true;
      }
    }
    return false;
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

  const inspect = (firewall: Firewall): void => {
    const { name, kind, required } = firewall.design;
    const { disturbedAt, unjustifiedSince } = of(firewall);
    const quietMs = now() - disturbedAt;
    for (const [address, { packets }] of firewall.table) {
      if (isJustified(firewall, address, packets)) unjustifiedSince.delete(address);
      else {
        const since = Math.max(unjustifiedSince.get(address) ?? now(), disturbedAt);
        unjustifiedSince.set(address, since);
        if (now() - since > CLOSED_MS[kind])
          broken('P2', `${address} is open on ${name} for no reason since ${now() - since} ms`);
      }
    }
    for (const address of unjustifiedSince.keys())
      if (!firewall.table.has(address)) unjustifiedSince.delete(address);
    if (!required || quietMs < SETTLED_MS[kind]) return;
    for (const [address, loss] of of(firewall).losses) {
      if (now() - loss.at < SETTLED_MS[kind]) continue;
      for (const group of firewall.design.groups) {
        for (const reason of reasonsFor(group, address)) {
          const { toldUntil, learntUntil } = reason;
          if (Math.max(toldUntil, learntUntil) > now() + MINUTE && !isOpen(firewall, address))
            broken('P4', `${name} lost ${address} of ${reason.name}, and works again, but it is not back`);
        }
      }
      of(firewall).losses.delete(address);
    }
  };

  return {
    asked(name: string): void {
      const isAllowed = design.groups.some((group) =>
        judgements(group.name, name).some(({ allowed }) => allowed),
      );
      if (!isAllowed) broken('P1', `an upstream was asked for ${name}, which nobody allows`);
    },

    answered({ name, family, addresses, ttlS, isProbe }: UpstreamAnswer): void {
      failingSince.delete(keyOf(FAMILY_TEXT[family], name));
      if (isProbe) return;
      freshUntil.set(`${family} ${name}`, now() + ttlS * 1000);
      for (const { name: group } of design.groups) {
        const allowing = judgements(group, name).filter(({ allowed }) => allowed);
        if (allowing.length === 0) continue;
        const toldEnds = allowing
          .filter(({ enforced }) => !enforced)
          .map(({ endsAt = Number.POSITIVE_INFINITY }) => endsAt - clockOffset());
        const mayStayUntil = Math.min(now() + ttlS * 1000 + graceOf(group), Math.max(0, ...toldEnds));
        for (const address of addresses) {
          const reason = reasonFor(group, name, address);
          reason.until = Math.max(reason.until, now() + longestTerm(group, ttlS));
          // Fetched ahead of the end of another, it may be told from the cache at any moment: it counts as told.
          reason.mayStayUntil = Math.max(reason.mayStayUntil, mayStayUntil);
        }
        // Without room for what the answer names, others are told in its place, for as long.
        if (!mayBeLeftOut(group, name, family)) continue;
        // Which of them, only the ledger knows; they get no longer than the answer they stand for.
        for (const reason of question(group, family, name))
          if (Math.max(reason.until, reason.outageUntil) > now())
            reason.until = Math.max(reason.until, now() + longestTerm(group, ttlS));
      }
    },

    failed(name: string, family: 4 | 6): void {
      const since = failingSince.get(keyOf(FAMILY_TEXT[family], name)) ?? now();
      failingSince.set(keyOf(FAMILY_TEXT[family], name), since);
      if (now() - since > OUTAGE_LIMIT_MS + HOUR) return;
      for (const { name: group } of design.groups) goesOn(group, family, name);
    },

    told({ group, name, type, addresses, key }: ToldReply): void {
      const said = judgements(group, name);
      const isEnforced = said.length > 0 && said.every(({ allowed, enforced }) => allowed && enforced);
      const required = requiredOf.get(group) ?? [];
      const ends = said.map(({ endsAt }) => endsAt ?? Number.POSITIVE_INFINITY);
      const endsAt = Math.min(...ends) - clockOffset();
      const grace = graceOf(group);
      const family = type === 'A' ? 4 : 6;
      // An upstream that is slow has not failed: what it answered last is told all the same.
      const freshMs = (freshUntil.get(`${family} ${name}`) ?? 0) - now();
      if (addresses.length > 0 && freshMs < 0) goesOn(group, family, name);
      for (const { address, ttlS } of addresses) {
        if (decrees.possible.length === 1 && now() + ttlS * 1000 > endsAt + SECOND)
          broken('P4', `${name} ${type} ${address} is told for ${ttlS} s, longer than what allows it lasts`);
        const missing = required.filter((firewall) => !isOpen(firewall, address));
        const closed = missing.filter((firewall) => !isUnnoticedLoss(firewall, address));
        const reason = reasonFor(group, name, address);
        const until = Math.min(now() + ttlS * 1000 + grace, endsAt);
        // Told in the place of others, for less than the answer that named them lasts, it is renewed for as long as that.
        const longestS = Math.max(ttlS, freshMs / 1000);
        reason.until = Math.max(reason.until, now() + longestTerm(group, longestS));
        reason.mayStayUntil = Math.max(reason.mayStayUntil, until);
        if (missing.length === 0 && isEnforced) {
          if (until > reason.toldUntil)
            raised.push({ key, at: now(), reason, from: reason.toldUntil, to: until });
          reason.toldUntil = Math.max(reason.toldUntil, until);
          if (!mayBeUnsaved()) reason.savedUntil = reason.toldUntil;
        }
        // While nobody waits for anything, what finds no room is told all the same: it is open for another reason, if at all.
        if (missing.length === 0 && !isEnforced && !mayBeLeftOut(group, name, reason.family))
          reason.learntUntil = Math.max(reason.learntUntil, until - ROUNDING_MS);
        const [first] = closed;
        if (first === undefined || !isEnforced) continue;
        const detail = `${group} was told ${address} for ${name} ${type}, which ${first.design.name} does not hold`;
        if (groups.get(group)?.onHoldLimit === 'servfail') broken('P3', detail);
        else suspects.set(key, { at: now(), detail });
      }
    },

    /** The query log says that a reply was told without being confirmed. */
    markedUnconfirmed(key: string, times: number): void {
      marked += times;
      count('hold limit reached');
      suspects.delete(key);
      // It was open for a while yet, as it happened; nobody said for how long.
      for (const { key: of, reason, from, to } of raised)
        if (of === key && reason.toldUntil === to) reason.toldUntil = from;
    },

    /** What the status counts of these, since the data plane started; both have had time to meet. */
    compareUnconfirmed(counted: number): void {
      if (counted !== marked)
        broken('P3', `${marked} replies were marked as unconfirmed, the status counts ${counted}`);
    },

    removed(firewall: Firewall, address: string, how: Removal): void {
      const one = of(firewall);
      if (how === 'own') {
        one.losses.set(address, { at: now(), noticed: false });
        return;
      }
      one.losses.delete(address);
      if (!firewall.design.required) return;
      for (const group of firewall.design.groups) {
        for (const { name, family, toldUntil, learntUntil } of reasonsFor(group, address)) {
          // Nobody waits while learning: what a firewall did not let us renew ends there.
          const isInTrouble = how === 'ended' && now() - one.disturbedAt < SETTLED_MS[firewall.design.kind];
          const leftMs = Math.max(toldUntil, isInTrouble ? 0 : learntUntil) - now();
          if (leftMs <= 0) continue;
          if (leftMs <= graceOf(group) && isCrowded(firewall, group, name, family)) {
            count('seen: made room within the grace');
            continue;
          }
          broken(
            'P4',
            `${address} was closed on ${firewall.design.name} (${how}) ${leftMs} ms before ${group} may forget ${name}`,
          );
        }
      }
      if (how === 'ended') return;
      if (openings.mustStay(firewall.design.groups, address))
        broken('P5', `${address} was closed on ${firewall.design.name} although it is pinned or listed`);
      if ((one.keptUntil.get(address) ?? 0) > now())
        broken('P5', `${address} was closed on ${firewall.design.name} although our ledger was lost`);
      if (outageSince === undefined || now() - outageSince >= OUTAGE_LIMIT_MS) return;
      const names = [...(one.protected.get(address) ?? [])];
      if (names.length > 0)
        broken(
          'P5',
          `${address} of ${names.join(', ')} was closed on ${firewall.design.name} while upstreams fail`,
        );
    },

    added(firewall: Firewall, address: string): void {
      of(firewall).losses.delete(address);
    },

    /** A read made at this time has reached the control plane; `isCurrent` says later whether it could tell the workers. */
    shown(firewall: Firewall, madeAt: number): void {
      const one = of(firewall);
      if (one.isNewRun) knowAdopted(firewall);
      one.isNewRun = false;
      if (!one.adopts) return;
      one.adopts = false;
      for (const address of firewall.table.keys()) {
        one.adoptedUntil.set(address, madeAt + DAY + CLOCK_STEP_MS);
        one.keptUntil.set(address, madeAt + DAY - CLOCK_STEP_MS);
      }
    },
    noticed(firewall: Firewall, madeAt: number): void {
      for (const loss of of(firewall).losses.values()) if (loss.at <= madeAt) loss.noticed = true;
    },
    noticeMs: NOTICE_MS,

    /** Something is wrong with it now, or with us: its table is not held against anybody until it has worked for a while. */
    disturbed(some: readonly Firewall[]): void {
      for (const firewall of some) of(firewall).disturbedAt = now();
    },

    /** People changed their mind; called before the product hears of it. */
    decided(previous: ReturnType<DecreeBook['possible']['at']>): void {
      forgetJudgements();
      for (const [key, names] of reasons) {
        const group = key.slice(0, key.indexOf(' '));
        const address = key.slice(key.indexOf(' ') + 1);
        const before = previous?.get(group);
        for (const reason of names.values()) {
          const after = latest(group, reason.name);
          if (after === undefined || before === undefined) continue;
          // Revoked in a pause, it closes with that.
          if (after.allowed) {
            const { endsAt = Number.POSITIVE_INFINITY } = after;
            if (!allowedAt(group, reason.name, endsAt)) limitTold(reason, endsAt - clockOffset());
            continue;
          }
          const was = judge(before, reason.name, now() + clockOffset());
          // What was refused before was closed then.
          if (was.by === after.by) continue;
          for (const firewall of firewalls) of(firewall).protected.get(address)?.delete(reason.name);
          // What was only learnt runs out: for what was told of it, and no longer, outage or not.
          if (was.by === 'learn' && after.by === 'nothing') continue;
          limitTold(reason, now());
          reason.mayStayUntil = Math.min(reason.mayStayUntil, now());
        }
      }
    },
    inForce: () => forgetJudgements(),

    /** What is told now must outlive the outage. */
    outageBegins(): void {
      outageSince = now();
      for (const firewall of firewalls) {
        const kept = of(firewall).protected;
        kept.clear();
        if (!firewall.design.required) continue;
        for (const address of firewall.table.keys()) {
          const names = firewall.design.groups.flatMap((group) =>
            [...reasonsFor(group, address)]
              .filter(({ toldUntil, learntUntil }) => Math.max(toldUntil, learntUntil) > now() + MINUTE)
              .filter(({ name }) => latest(group, name)?.allowed && latest(group, name)?.endsAt === undefined)
              .map(({ name }) => name),
          );
          if (names.length > 0) kept.set(address, new Set(names));
        }
      }
    },
    outageEnds(): void {
      outageSince = undefined;
      for (const firewall of firewalls) of(firewall).protected.clear();
    },

    /** The house's clock was set while it was down. */
    clockStepped(stepMs: number, isSameBoot: boolean): void {
      const before = now() + clockOffset() - stepMs;
      if (stepMs < 0) decrees.clockSetBack({ ended: before - ABSENCE_MS, perhapsEnded: before });
      forgetJudgements();
      for (const [key, names] of reasons) {
        const { graceMs = 0 } = groups.get(key.slice(0, key.indexOf(' '))) ?? {};
        for (const reason of names.values()) {
          if (stepMs < 0) {
            reason.until += -stepMs;
            reason.outageUntil += -stepMs;
            reason.mayStayUntil += -stepMs;
            continue;
          }
          // In the same boot we see that the clock was set, and everything open has a grace; else nobody can see it.
          for (const term of ['toldUntil', 'learntUntil'] as const)
            reason[term] = isSameBoot ? Math.min(reason[term], now() + graceMs) : reason[term] - stepMs;
        }
      }
      for (const firewall of firewalls) if (stepMs > 0) of(firewall).protected.clear();
      restores = stepMs > 0;
    },

    /** A control plane has started: after the clock was set, everything that is open has one grace. */
    started(): void {
      for (const firewall of firewalls) of(firewall).isNewRun = true;
      if (!restores) return;
      restores = false;
      for (const [key, names] of reasons) {
        const until = now() + graceOf(key.slice(0, key.indexOf(' '))) + LATE_MS;
        for (const reason of names.values()) reason.until = Math.max(reason.until, until);
      }
    },

    /** A control plane is gone: what a full disk let it know in memory only is lost. */
    memoryLost(): void {
      if (!mayBeUnsaved()) return;
      for (const names of reasons.values())
        for (const reason of names.values()) limitTold(reason, Math.max(reason.savedUntil, now()));
    },

    /** The ledger is gone: what is open is taken over at the next read. */
    ledgerLost(): void {
      for (const firewall of firewalls) of(firewall).adopts = true;
      for (const names of reasons.values())
        for (const reason of names.values()) limitTold(reason, now() + DAY - CLOCK_STEP_MS);
    },

    /** Nobody answers, and what was told last is written down nowhere. */
    dataPlaneGone(): void {
      suspects = new Map();
      marked = 0;
    },

    /** Once a minute. */
    inspect(): void {
      for (const firewall of firewalls) inspect(firewall);
      raised = raised.filter(({ at }) => now() - at <= MARK_MS);
      for (const { at, detail } of suspects.values())
        if (now() - at > MARK_MS) broken('P3', `${detail}; no line of the log marks it`);
    },
    /** Once an hour: what explains nothing any more. */
    forget(): void {
      for (const [key, names] of reasons) {
        for (const [name, reason] of names)
          if (Math.max(reason.until, reason.mayStayUntil) + 2 * DAY < now()) {
            names.delete(name);
            const group = key.slice(0, key.indexOf(' '));
            ofQuestion.get(questionKey(group, reason.family, name))?.delete(reason);
            ofGroup.get(group)?.delete(reason);
          }
        if (names.size === 0) reasons.delete(key);
      }
    },
    /** Where these names led a group's clients. */
    addressesOf: (group: string, names: readonly string[]): readonly string[] =>
      [...reasons].flatMap(([key, of]) =>
        key.startsWith(`${group} `) && names.some((name) => of.has(name))
          ? [key.slice(group.length + 1)]
          : [],
      ),
  };
}

function newState() {
  return {
    /** What left the table although nobody here asked for it. */
    losses: new Map<string, { readonly at: number; noticed: boolean }>(),
    disturbedAt: 0,
    unjustifiedSince: new Map<string, number>(),
    use: new Map<string, { readonly packets: number; readonly at: number }>(),
    /** True until the first read of a run of ours. */
    isNewRun: false,
    adopts: false,
    adoptedUntil: new Map<string, number>(),
    /** After the loss of our ledger: nothing goes before that. */
    keptUntil: new Map<string, number>(),
    /** Addresses that must outlive the outage, with the names that need them. */
    protected: new Map<string, Set<string>>(),
  };
}

const NO_REASONS: ReadonlySet<Reason> = new Set();

const FAMILY_TEXT = { 4: '4', 6: '6' } as const;

function familyOf(address: string): 4 | 6 {
  return address.includes(':') ? 6 : 4;
}

/** Nobody needs to be kept longer than this, and what was told is no reason any more. */
function limitTold(reason: Reason, until: number): void {
  reason.toldUntil = Math.min(reason.toldUntil, until);
  reason.learntUntil = Math.min(reason.learntUntil, until);
}
