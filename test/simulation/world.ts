/** What a simulated house is made of, drawn from the seed: groups, firewalls, names and their addresses. */
import { type Chance, chanceOf } from './chance.ts';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** How a simulated firewall keeps its table. */
export type TableKind =
  /** Entries end by themselves, and new ones can be opened in one step; lost at a reboot. */
  | 'timed'
  /** Entries stay until they are deleted; lost at a reboot. */
  | 'plain'
  /** The same, but every write costs the owner something; kept through a reboot. */
  | 'dear';

export interface FirewallDesign {
  readonly name: string;
  readonly kind: TableKind;
  readonly required: boolean;
  /** It keeps an address of nobody, whose absence shows that the table was lost. */
  readonly sentinel: boolean;
  readonly groups: readonly string[];
  /** It takes over the table of this one, and is only verified by us. */
  readonly copies?: string;
}

export interface GroupDesign {
  readonly name: string;
  readonly client: string;
  readonly mode: 'learn' | 'enforce';
  readonly onHoldLimit: 'answer' | 'servfail';
  readonly graceMs: number;
  readonly headroomMs: number;
  readonly rules: readonly string[];
}

export interface NameDesign {
  readonly name: string;
  readonly ttlS: number;
  /** All addresses it may ever have, by family. */
  readonly pool: { readonly 4: readonly string[]; readonly 6: readonly string[] };
  /** Addresses of one answer. */
  readonly perAnswer: number;
  /** How one answer differs from the one before. */
  readonly rotation: 'fixed' | 'overlapping' | 'disjoint' | 'random';
  /** CNAMEs on the way. */
  readonly chain: readonly string[];
}

/** How many addresses may be open; see the configuration's limits.addresses. */
export interface LimitsDesign {
  readonly name: number;
  readonly rule: number;
  readonly group: number;
  readonly learn: number;
}

export interface WorldDesign {
  readonly limits: LimitsDesign;
  readonly groups: readonly GroupDesign[];
  readonly firewalls: readonly FirewallDesign[];
  readonly names: ReadonlyMap<string, NameDesign>;
  /** What each group's clients ask, most wanted first. */
  readonly wanted: ReadonlyMap<string, readonly string[]>;
}

/** Names that nobody allows. */
const STRANGERS = ['telemetry.example', 'ads.example', 'a.tracker.example', 'beacon.invalid-host.example'];

/** As many groups as a house can have. */
export const ALL_GROUPS = 3;

/** `kept`: groups that are drawn from those of the seed, with the firewalls that serve them. */
export function designWorld(seed: number, kept = ALL_GROUPS): WorldDesign {
  const whole = designHouse(seed);
  if (kept === ALL_GROUPS) return whole;
  const groups = chanceOf(seed, 16).shuffled(whole.groups).slice(0, kept);
  const isKept = (name: string) => groups.some((one) => one.name === name);
  const wanted = new Map([...whole.wanted].filter(([name]) => isKept(name)));
  const asked = new Set([...wanted.values(), STRANGERS].flat());
  return {
    ...whole,
    groups,
    wanted,
    firewalls: whole.firewalls
      .map((firewall) => ({ ...firewall, groups: firewall.groups.filter(isKept) }))
      .filter((firewall) => firewall.groups.length > 0),
    names: new Map([...whole.names].filter(([name]) => asked.has(name))),
  };
}

/**
 * How many groups the house of a seed has in a campaign. Most are small: what goes wrong then meets the same names and addresses
 * more often, and twice as many hours are lived ("Swarm testing", Groce et al., ISSTA 2012: leaving out is what finds more).
 */
export function groupsInCampaign(seed: number): number {
  const share = chanceOf(seed, 17).below(20);
  return share < 16 ? 1 : share < 19 ? 2 : ALL_GROUPS;
}

function designHouse(seed: number): WorldDesign {
  const chance = chanceOf(seed, 1);
  const addresses = addressSource();
  const groups: GroupDesign[] = [
    group(chance, 'plex', '10.0.0.5', { mode: 'enforce', onHoldLimit: 'servfail' }),
    group(chance, 'home', '10.0.1.5', { mode: 'enforce', onHoldLimit: 'answer' }),
    group(chance, 'lab', '10.0.2.5', {
      mode: chance.happens(0.5) ? 'learn' : 'enforce',
      onHoldLimit: chance.pick(['answer', 'servfail'] as const),
    }),
  ];
  const guarded = chanceOf(seed, 9);
  const firewalls = [
    { name: 'edge', kind: 'plain', required: true, groups: ['plex', 'home'] } as const,
    { name: 'host', kind: 'timed', required: true, groups: ['plex'] } as const,
    {
      name: 'attic',
      kind: chance.pick(['timed', 'dear'] as const),
      required: true,
      groups: ['lab'],
    } as const,
    ...(chance.happens(0.3)
      ? [{ name: 'spare', kind: 'plain', required: false, groups: ['home'] } as const]
      : []),
  ].map((one): FirewallDesign => ({ ...one, sentinel: guarded.happens(0.5) }));
  if (chanceOf(seed, 13).happens(0.25))
    firewalls.push({
      name: 'second',
      kind: 'plain',
      required: true,
      sentinel: false,
      groups: ['plex', 'home'],
      copies: 'edge',
    });
  const names = new Map<string, NameDesign>();
  const wanted = new Map<string, readonly string[]>();
  // Names of different rules and groups lead to the same addresses, as they do at a CDN.
  const shared = { 4: addresses(4, 40), 6: addresses(6, 40) };
  for (const { name: groupName, rules } of groups) {
    const own = rules.flatMap((rule) => namesUnder(chance, rule));
    for (const name of own) names.set(name, design(chance, name, addresses, shared));
    wanted.set(groupName, chance.shuffled(own));
  }
  for (const name of STRANGERS) names.set(name, design(chance, name, addresses, shared));
  const limits = chance.happens(0.25)
    ? { name: 16, rule: 20, group: 40, learn: 20 }
    : { name: 16, rule: 1000, group: 5000, learn: 2000 };
  return { groups, firewalls, names, wanted, limits };
}

export function strangersOf(): readonly string[] {
  return STRANGERS;
}

function group(
  chance: Chance,
  name: string,
  client: string,
  settings: Pick<GroupDesign, 'mode' | 'onHoldLimit'>,
): GroupDesign {
  const zone = `${name}.example`;
  return {
    name,
    client,
    ...settings,
    graceMs: chance.pick([1, 5, 10]) * MINUTE,
    headroomMs: chance.pick([2, 10, 10]) * MINUTE,
    rules: [
      ...Array.from({ length: 4 }, (_, i) => `host${i}.${zone}`),
      `*.cdn.${zone}`,
      `.both.${zone}`,
      // The same name is wanted by every group.
      'updates.vendor.example',
    ],
  };
}

/** Names that a rule allows, as clients would ask them. */
export function namesUnder(chance: Chance, rule: string): readonly string[] {
  if (rule.startsWith('*.')) return Array.from({ length: 4 }, (_, i) => `n${i}${rule.slice(1)}`);
  if (rule.startsWith('.')) return [rule.slice(1), `www${rule}`, `s${chance.below(3)}.deep${rule}`];
  return [rule];
}

function design(
  chance: Chance,
  name: string,
  addresses: (family: 4 | 6, count: number) => readonly string[],
  shared: NameDesign['pool'],
): NameDesign {
  const size = chance.magnitude(1, 40);
  const isShared = chance.happens(0.4);
  const pool = (family: 4 | 6): readonly string[] => {
    if (family === 6 && chance.happens(0.4)) return [];
    return isShared ? chance.shuffled(shared[family]).slice(0, size) : addresses(family, size);
  };
  return {
    name,
    ttlS: chance.happens(isWarm(name) ? 0 : 0.15) ? chance.magnitude(1, 300) : chance.magnitude(300, 86_400),
    pool: { 4: pool(4), 6: pool(6) },
    perAnswer: chance.happens(0.1) ? size : chance.between(1, Math.min(size, 8)),
    rotation: chance.pick(['fixed', 'overlapping', 'disjoint', 'random'] as const),
    chain: chance.happens(0.3) ? [`edge.${name}`, `pop.${name}`].slice(0, chance.between(1, 2)) : [],
  };
}

/** Kept warm: a short ttl would be nothing but questions upstream. */
export function isWarm(name: string): boolean {
  return name.startsWith('host0.');
}

/** Public addresses, each once. */
export function addressSource() {
  let next = 0;
  return (family: 4 | 6, count: number): readonly string[] =>
    Array.from({ length: count }, () => {
      next++;
      return family === 4
        ? `151.101.${next >> 8}.${next & 255}`
        : `2a04:4e42:${((next >> 8) + 1).toString(16)}::${((next & 255) + 1).toString(16)}`;
    });
}
