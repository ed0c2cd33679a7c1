/**
 * Keeps names resolved ahead of their clients, so that the first question after a boot finds its addresses confirmed
 * (Plex never repeats its registration call). Asked for while what was told before is still good.
 */
import type { Clock } from '../base/clock.ts';
import { type DomainName, formatDomainName } from '../base/domain-name.ts';
import type { Log } from '../base/log.ts';
import { TYPE } from '../dns/wire/constants.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { parsePattern } from '../policy/pattern.ts';
import type { DataLink } from './data-link.ts';

export interface WarmName {
  readonly groupId: number;
  readonly name: DomainName;
  readonly ipv6: boolean;
}

/** An automatic warm name goes cold when nobody has asked it for this long. */
export const WARM_FOR_MS = 7 * 24 * 3_600_000;

const LOOK_EVERY_MS = 1000;
/** Look-ups under way together: polite to the upstream, whatever the length of the list. */
const MAX_AT_ONCE = 4;
/** A name is not looked up again sooner, however short its ttl, nor when its upstream fails. */
const MIN_AGAIN_MS = 5000;
const AFTER_FAILURE_MS = 30_000;
const AFTER_NOTHING_MS = 10 * 60_000;

export interface WarmDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly ledger: Ledger;
  readonly link: DataLink;
  readonly names: () => readonly WarmName[];
}

export function startWarming({ clock, log, ledger, link, names }: WarmDeps): {
  look(): void;
  close(): void;
} {
  const dueAt = new Map<string, number>();
  let underway = 0;
  let cancel = () => {};

  const look = () => {
    cancel();
    cancel = clock.after(LOOK_EVERY_MS, look);
    if (!link.connected) return;
    const now = clock.now();
    const wanted = names();
    const keys = new Set(wanted.map(keyOf));
    for (const key of dueAt.keys()) if (!keys.has(key)) dueAt.delete(key);
    for (const warm of wanted) {
      if (underway >= MAX_AT_ONCE) break;
      if ((dueAt.get(keyOf(warm)) ?? 0) <= now) void lookUp(warm);
    }
  };

  const lookUp = async (warm: WarmName): Promise<void> => {
    const { groupId, name, ipv6 } = warm;
    dueAt.set(keyOf(warm), Number.POSITIVE_INFINITY);
    underway++;
    try {
      const outcomes = await Promise.all(
        (ipv6 ? [TYPE.A, TYPE.AAAA] : [TYPE.A]).map((qtype) =>
          link.resolve({ groupId, name, qtype, purpose: 'warm' }),
        ),
      );
      dueAt.set(
        keyOf(warm),
        clock.now() + againMs(warm, outcomes.includes('found'), outcomes.includes('failed')),
      );
    } catch (error) {
      log.error({ err: error, name: formatDomainName(name) }, 'a warm look-up failed');
      dueAt.set(keyOf(warm), clock.now() + AFTER_FAILURE_MS);
    } finally {
      underway--;
    }
  };

  /** A tenth before the first of its told terms ends, with some jitter so that names spread. */
  const againMs = ({ groupId, name }: WarmName, found: boolean, failed: boolean): number => {
    if (!found) return failed ? AFTER_FAILURE_MS : AFTER_NOTHING_MS;
    const now = clock.now();
    const told = ledger
      .ofName(groupId, name)
      .map((lease) => lease.toldUntil - now)
      .filter((ms) => ms > 0);
    const term = told.length === 0 ? AFTER_FAILURE_MS : Math.min(...told);
    return Math.max(term * (0.8 + 0.1 * Math.random()), MIN_AGAIN_MS);
  };

  cancel = clock.after(0, look);
  return {
    /** Looks now whether a new name wants warming. */
    look,
    close: () => cancel(),
  };
}

export interface WarmSource {
  readonly groups: readonly { readonly id: number; readonly ipv6: boolean }[];
  readonly rules: readonly {
    readonly groupId: number;
    readonly action: string;
    readonly pattern: string;
    readonly warm: string;
  }[];
  /** When a client last asked for the name; undefined: not in living memory. */
  readonly askedAt: (groupId: number, name: DomainName) => number | undefined;
  readonly now: number;
}

/** Exact names under rules that keep them warm: always, or because somebody asked within a week. Pure. */
export function warmNames({ groups, rules, askedAt, now }: WarmSource): readonly WarmName[] {
  return groups.flatMap(({ id, ipv6 }) =>
    rules.flatMap((rule) => {
      if (rule.groupId !== id || rule.action !== 'allow' || rule.warm === 'never') return [];
      const pattern = parsePattern(rule.pattern);
      if (pattern.kind !== 'exact') return [];
      const asked = askedAt(id, pattern.name);
      const warm = rule.warm === 'always' || (asked !== undefined && asked > now - WARM_FOR_MS);
      return warm ? [{ groupId: id, name: pattern.name, ipv6 }] : [];
    }),
  );
}

function keyOf({ groupId, name }: WarmName): string {
  return `${groupId} ${name}`;
}
