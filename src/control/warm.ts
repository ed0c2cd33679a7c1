/**
 * Keeps names resolved ahead of their clients, so that the first question after a boot finds its addresses confirmed
 * (Plex never repeats its registration call). Asked for while what was told before is still good.
 */
import type { Clock } from '../base/clock.ts';
import { type DomainName, formatDomainName } from '../base/domain-name.ts';
import { DueQueue } from '../base/due-queue.ts';
import { type Family, familyOf } from '../base/ip-address.ts';
import type { Log } from '../base/log.ts';
import { TYPE } from '../dns/wire/constants.ts';
import type { Lease } from '../ledger/lease.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { parsePattern } from '../policy/pattern.ts';
import type { DataLink } from './data-link.ts';
import { lookAt } from './lease-terms.ts';

export interface WarmName {
  readonly groupId: number;
  readonly name: DomainName;
  readonly ipv6: boolean;
  /** Kept warm whether anybody asks or not. */
  readonly always: boolean;
}

/** An automatic warm name goes cold when nobody has asked it for this long. */
const WARM_FOR_MS = 7 * 24 * 3_600_000;

/** Names of a group whose last question is remembered: while learning a client may ask for any number of them. */
const MAX_ASKED = 20_000;

/** Look-ups under way together: polite to the upstream, whatever the length of the list. */
const MAX_AT_ONCE = 4;
/** From one look-up to the next: twenty names a second are a thousand within a minute of a boot. */
const MIN_BETWEEN_MS = 50;
/** A name is not looked up again sooner, however short its ttl, nor when its upstream fails. */
const MIN_AGAIN_MS = 5000;
/** Except that what is short-lived is renewed this long before the look at its end: a name kept warm never comes to that. */
const BEFORE_LAST_LOOK_MS = 1000;
const MIN_BEFORE_LAST_LOOK_MS = 1000;
const AFTER_FAILURE_MS = 30_000;
const AFTER_NOTHING_MS = 10 * 60_000;

export interface WarmDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly ledger: Ledger;
  readonly link: DataLink;
  /** The names that the policy in force would have warm; worked out once for each policy. */
  readonly names: () => readonly WarmName[];
  /** From 0 to 1: spreads the look-ups of names that were told together. */
  readonly random: () => number;
  /** No upstream answered for this. */
  readonly onFailed: (groupId: number, name: DomainName, family: Family) => void;
}

export interface Warming {
  /** A new policy is in force. */
  policyChanged(): void;
  /** Clients asked for these. */
  asked(names: readonly { readonly groupId: number; readonly name: DomainName }[]): void;
  /** Somebody is there who can look up, or looks up again. */
  look(): void;
  close(): void;
}

export function startWarming(deps: WarmDeps): Warming {
  const { clock, log, ledger, link } = deps;
  let names = new Map<string, WarmName>();
  /** When each warm name is to be looked up next; one that is being looked up, or that nobody wants now, is not in it. */
  const due = new DueQueue<string>();
  const underway = new Set<string>();
  /** Of each group, by the time of the last question, oldest first. Without a text for each: what is open at a start is in it. */
  const askedAt = new Map<number, Map<DomainName, number>>();
  let lastAt = Number.NEGATIVE_INFINITY;
  let cancel = () => {};

  const isWanted = ({ groupId, name, always }: WarmName): boolean =>
    always || (askedAt.get(groupId)?.get(name) ?? Number.NEGATIVE_INFINITY) > clock.now() - WARM_FOR_MS;

  const look = () => {
    cancel();
    cancel = () => {};
    if (!link.connected) return;
    while (underway.size < MAX_AT_ONCE) {
      const next = Math.max(due.next() ?? Number.POSITIVE_INFINITY, lastAt + MIN_BETWEEN_MS);
      if (next > clock.now()) {
        if (next < Number.POSITIVE_INFINITY) cancel = clock.after(next - clock.now(), look);
        return;
      }
      const key = due.take(clock.now());
      const warm = key === undefined ? undefined : names.get(key);
      if (key !== undefined && warm !== undefined && isWanted(warm)) void lookUp(key, warm);
    }
  };

  const lookUp = async (key: string, warm: WarmName): Promise<void> => {
    const { groupId, name, ipv6 } = warm;
    underway.add(key);
    lastAt = clock.now();
    let again = AFTER_FAILURE_MS;
    try {
      const outcomes = await Promise.all(
        (ipv6 ? ([4, 6] as const) : ([4] as const)).map(async (family) => {
          const qtype = family === 4 ? TYPE.A : TYPE.AAAA;
          const outcome = await link.resolve({ groupId, name, qtype, purpose: 'warm' });
          if (outcome === 'failed') deps.onFailed(groupId, name, family);
          return outcome;
        }),
      );
      again = againMs(warm, outcomes.includes('found'), outcomes.includes('failed'));
    } catch (error) {
      log.error({ err: error, name: formatDomainName(name) }, 'a warm look-up failed');
    }
    underway.delete(key);
    if (names.has(key)) due.set(key, clock.now() + again);
    look();
  };

  /** A tenth before the first of its told terms ends, with some jitter so that names spread; and before its leases are looked at. */
  const againMs = ({ groupId, name }: WarmName, found: boolean, failed: boolean): number => {
    if (!found) return failed ? AFTER_FAILURE_MS : AFTER_NOTHING_MS;
    const now = clock.now();
    const leases = ledger.ofName(groupId, name);
    const told = leases.map((lease) => lease.toldUntil - now).filter((ms) => ms > 0);
    const term = told.length === 0 ? AFTER_FAILURE_MS : Math.min(...told);
    return Math.min(
      Math.max(term * (0.8 + 0.1 * deps.random()), MIN_AGAIN_MS),
      Math.max(lastLookAt(leases) - now - BEFORE_LAST_LOOK_MS, MIN_BEFORE_LAST_LOOK_MS),
    );
  };

  const wantNow = (key: string, warm: WarmName) => {
    if (isWanted(warm) && !due.has(key) && !underway.has(key)) due.set(key, clock.now());
  };

  const noteAsked = ({ groupId, name }: Pick<WarmName, 'groupId' | 'name'>, at: number) => {
    const ofGroup = askedAt.get(groupId) ?? new Map<DomainName, number>();
    askedAt.set(groupId, ofGroup);
    ofGroup.delete(name);
    ofGroup.set(name, at);
    const oldest = ofGroup.keys().next().value;
    if (ofGroup.size > MAX_ASKED && oldest !== undefined) ofGroup.delete(oldest);
  };

  const warming: Warming = {
    policyChanged() {
      const before = names;
      names = new Map(deps.names().map((warm) => [keyOf(warm), warm]));
      for (const key of before.keys()) if (!names.has(key)) due.delete(key);
      for (const [key, warm] of names) wantNow(key, warm);
      look();
    },
    asked(batch) {
      const now = clock.now();
      let news = false;
      for (const one of batch) {
        const key = keyOf(one);
        noteAsked(one, now);
        const warm = names.get(key);
        if (warm === undefined || due.has(key)) continue;
        wantNow(key, warm);
        news = true;
      }
      if (news) look();
    },
    look,
    close: () => cancel(),
  };
  // When names were last asked is not written down: what is open counts as asked, and has another week.
  const startedAt = clock.now();
  for (const lease of ledger.live()) noteAsked(lease, startedAt);
  warming.policyChanged();
  return warming;
}

export interface WarmSource {
  /** `frugal`: every new address costs a firewall a write, and all of them together cost one. */
  readonly groups: readonly { readonly id: number; readonly ipv6: boolean; readonly frugal: boolean }[];
  readonly rules: readonly {
    readonly groupId: number;
    readonly action: string;
    readonly pattern: string;
    readonly warm: string;
  }[];
}

/** Exact names under rules that keep them warm: always (where writes are dear, all of them), or when somebody asks them. Pure. */
export function warmNames({ groups, rules }: WarmSource): readonly WarmName[] {
  const byId = new Map(groups.map((group) => [group.id, group]));
  return rules.flatMap((rule) => {
    const group = byId.get(rule.groupId);
    if (group === undefined || rule.action !== 'allow' || rule.warm === 'never') return [];
    const pattern = parsePattern(rule.pattern);
    if (pattern.kind !== 'exact') return [];
    return [
      {
        groupId: rule.groupId,
        name: pattern.name,
        ipv6: group.ipv6,
        always: group.frugal || rule.warm === 'always',
      },
    ];
  });
}

/** When what the name leads to now is looked at: each answer moves that, and what it names no more ends before. */
function lastLookAt(leases: readonly Lease[]): number {
  const ofFamilies = Map.groupBy(leases, ({ address }) => familyOf(address)).values();
  return Math.min(...ofFamilies.map((some) => Math.max(...some.map(lookAt))));
}

function keyOf({ groupId, name }: { readonly groupId: number; readonly name: DomainName }): string {
  return `${groupId} ${name}`;
}
