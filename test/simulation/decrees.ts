/**
 * What people have decided, and since when it must hold: told to the product and to the oracle, which judges by itself.
 * A decision is in force once the product says so; until then the one before it may be obeyed as well.
 */

export interface DecreedRule {
  readonly id: number;
  readonly action: 'allow' | 'deny';
  readonly pattern: string;
  /** By the house's clock. */
  readonly expiresAt: number | undefined;
}

export interface DecreedGroup {
  readonly mode: 'learn' | 'enforce';
  /** By the house's clock. */
  readonly pausedUntil: number | undefined;
  readonly rules: readonly DecreedRule[];
}

/** By name of the group. */
export type Decrees = ReadonlyMap<string, DecreedGroup>;

export interface Judgement {
  readonly allowed: boolean;
  /** What says so. */
  readonly by: 'rule' | 'deny' | 'pause' | 'learn' | 'nothing';
  /** False while learning or paused: then answers do not wait. */
  readonly enforced: boolean;
  /** What allows it ends then, by the house's clock. */
  readonly endsAt: number | undefined;
}

/** What a group's decrees say of a name. Longest pattern first; at the same length temporary, then deny, then allow. */
export function judge(group: DecreedGroup, name: string, now: number): Judgement {
  const paused = (group.pausedUntil ?? 0) > now;
  let best: DecreedRule | undefined;
  let bestRank = -1;
  for (const rule of group.rules) {
    if (rule.expiresAt !== undefined && rule.expiresAt <= now) continue;
    const rank = rankOf(rule, name);
    if (rank > bestRank) {
      best = rule;
      bestRank = rank;
    }
  }
  if (best?.action === 'allow')
    return {
      allowed: true,
      by: 'rule',
      enforced: !paused && group.mode === 'enforce',
      endsAt: best.expiresAt,
    };
  if (best?.action === 'deny') return { allowed: false, by: 'deny', enforced: true, endsAt: undefined };
  if (paused) return { allowed: true, by: 'pause', enforced: false, endsAt: group.pausedUntil };
  if (group.mode === 'learn') return { allowed: true, by: 'learn', enforced: false, endsAt: undefined };
  return { allowed: false, by: 'nothing', enforced: true, endsAt: undefined };
}

function rankOf({ pattern, action, expiresAt }: DecreedRule, name: string): number {
  const strength = expiresAt !== undefined ? 2 : action === 'deny' ? 1 : 0;
  if (pattern === name) return 1_000_000 + strength;
  if (pattern.startsWith('.')) {
    if (name === pattern.slice(1)) return 999_000 + strength;
    return name.endsWith(pattern) ? 10 * pattern.length + strength : -1;
  }
  // The suffix without its star counts: '*.a.b' is as long as '.a.b'.
  if (pattern.startsWith('*.') && name.endsWith(pattern.slice(1)))
    return 10 * (pattern.length - 1) + strength;
  return -1;
}

export interface DecreeBook {
  readonly latest: Decrees;
  /** Those that may be obeyed now, oldest first. */
  readonly possible: readonly Decrees[];
  decide(next: Decrees): number;
  /** The product has said that this decision is in force. */
  inForce(version: number): void;
  /** What had ended by the house's clock then is over, and does not come back when that clock is set back. */
  clockSetBack(by: { readonly ended: number; readonly perhapsEnded: number }): void;
}

export function createDecreeBook(first: Decrees): DecreeBook {
  let oldest = 0;
  let versions: Decrees[] = [first];
  return {
    get latest() {
      return versions.at(-1) ?? first;
    },
    get possible() {
      return versions;
    },
    decide(next) {
      versions = [...versions, next];
      return oldest + versions.length - 1;
    },
    inForce(version) {
      if (version <= oldest) return;
      versions = versions.slice(version - oldest);
      oldest = version;
    },
    clockSetBack({ ended, perhapsEnded }) {
      const latest = versions.at(-1) ?? first;
      const perhaps = mapValues(latest, (group) => inForceAt(group, perhapsEnded));
      versions = versions.map((version) => mapValues(version, (group) => inForceAt(group, ended)));
      const now = versions.at(-1) ?? first;
      if (perhaps.entries().some(([name, group]) => !isSame(group, now.get(name)))) versions.push(perhaps);
    },
  };
}

/** Without what has ended. */
export function inForceAt(group: DecreedGroup, now: number): DecreedGroup {
  return {
    ...group,
    pausedUntil: (group.pausedUntil ?? 0) > now ? group.pausedUntil : undefined,
    rules: group.rules.filter(({ expiresAt }) => expiresAt === undefined || expiresAt > now),
  };
}

function isSame(one: DecreedGroup, other: DecreedGroup | undefined): boolean {
  return one.pausedUntil === other?.pausedUntil && one.rules.length === other?.rules.length;
}

function mapValues(decrees: Decrees, change: (group: DecreedGroup) => DecreedGroup): Decrees {
  return new Map([...decrees].map(([name, group]) => [name, change(group)]));
}
