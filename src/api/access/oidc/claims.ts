/** What a provider says about somebody, read as hostile text: people choose much of it themselves. */
import type { Role } from '../../../store/users.ts';

export type Claims = Readonly<Record<string, unknown>>;

export interface RoleRules {
  /** A claim, or a way into one: realm_access.roles */
  readonly roleClaim: string;
  readonly admin: readonly string[];
  readonly approver: readonly string[];
  readonly viewer: readonly string[];
}

export interface ReadRole {
  /** The highest that one of the groups gives. */
  readonly role: Role | undefined;
  /** For the one who is refused: the claim, and what was in it. */
  readonly seen: string;
}

export function readRole(claims: Claims, rules: RoleRules): ReadRole {
  const found = claimAt(claims, rules.roleClaim);
  const groups = groupsOf(found);
  const has = (wanted: readonly string[]) => wanted.some((group) => groups.includes(group));
  const role = (['admin', 'approver', 'viewer'] as const).find((one) => has(rules[one]));
  return { role, seen: describe(rules.roleClaim, found, groups) };
}

/** Lower-case letters, digits, dots, dashes and @, from what the provider calls the user; never empty. */
export function readName(claims: Claims): string {
  for (const claim of ['preferred_username', 'email', 'name', 'sub']) {
    const value = claims[claim];
    if (typeof value !== 'string') continue;
    const name = value
      .slice(0, MAX_READ)
      .normalize('NFKD')
      .toLowerCase()
      .replaceAll(/[^a-z0-9._@-]+/g, '-')
      .replace(/^[^a-z0-9]+/, '')
      .slice(0, MAX_NAME)
      .replace(/-+$/, '');
    if (name !== '') return name;
  }
  return 'somebody';
}

export function hasClaim(claims: Claims, path: string): boolean {
  return claimAt(claims, path) !== undefined;
}

/** The claim of that name; else each part between dots leads one step in. Own keys only. */
function claimAt(claims: Claims, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path];
  let at: unknown = claims;
  for (const key of path.split('.')) {
    if (typeof at !== 'object' || at === null || Array.isArray(at) || !Object.hasOwn(at, key))
      return undefined;
    at = (at as Claims)[key];
  }
  return at;
}

/** One text, or a list of them; anything else in the list is no group. */
function groupsOf(value: unknown): readonly string[] {
  const list = Array.isArray(value) ? (value as readonly unknown[]) : [value];
  return list.filter((one) => typeof one === 'string');
}

function describe(claim: string, found: unknown, groups: readonly string[]): string {
  if (found === undefined) return `there was no claim ${claim}`;
  if (groups.length === 0) return `the claim ${claim} had no group in it`;
  const shown = groups.slice(0, MAX_SHOWN).map(printable);
  const more = groups.length > MAX_SHOWN ? ` and ${groups.length - MAX_SHOWN} more` : '';
  return `the claim ${claim} had ${shown.join(', ')}${more}`;
}

/** On one line, short, and without anything a terminal or a reader could take for something else. */
function printable(text: string): string {
  const plain = text.slice(0, MAX_GROUP).replaceAll(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, '�');
  return JSON.stringify(text.length > MAX_GROUP ? `${plain}…` : plain);
}

/** Characters, as in the API's contract. */
const MAX_NAME = 63;
/** Characters that are looked at; what is longer is no name. */
const MAX_READ = 200;
/** Groups, and characters of each, in a sentence. */
const MAX_SHOWN = 10;
const MAX_GROUP = 60;
