/**
 * What a rule's use says about it. Pure.
 *
 *   kind            | when                                                          | remedy
 *   unused          | no use in the last 30 days (90), all of them watched          | end it
 *   never-resolved  | asked on two days or more, and never with what was asked for  | end it, or correct the name
 *   too-wide        | a wildcard, watched for 30 days, of which one name was used   | allow that name instead
 *   comes-back      | allowed for a while three times or more                       | allow it for good, or refuse it
 *   shadowed        | another rule decides all of it (shadows.ts)                   | end it
 *
 * A rule that was watched for less than 30 days is never called unused. Rules of a preset stand or fall together.
 */
import type { HygieneFinding, RuleUse } from '../../actions/reports/hygiene.ts';
import type { Rule } from '../../store/rules.ts';

/** What was counted of one rule, refusals by it among them. */
export interface Counted {
  readonly uses: number;
  readonly days: number;
  /** Of the uses: answered with what was asked for. */
  readonly resolved: number;
  /** Of the uses: no upstream could say. */
  readonly failed: number;
  /** As far as they were counted one by one. */
  readonly names: readonly string[];
  /** Refused ones, and those beyond what a day takes. */
  readonly moreNames: boolean;
  /** At least so many. */
  readonly nameCount: number;
  /** ms since 1970 */
  readonly firstAt: number;
  readonly lastAt: number;
}

export interface Watched {
  readonly rule: Rule;
  /** ms since 1970: uses before that are not known. */
  readonly watchedSince: number;
  readonly counted: Counted | undefined;
}

export const DAY_MS = 86_400_000;
/** Days; a rule that was watched for less may be for what happens once a month. */
export const UNUSED_DAYS = 30;
const LONG_UNUSED_DAYS = 90;
/** Days on which it was asked; of one alone an outage may be to blame. */
const RESOLVED_DAYS = 2;
/** Times; twice may be the same evening. */
const TIMES_BACK = 3;

export function useOf({ rule, watchedSince, counted }: Watched, now: number): RuleUse {
  const { id, action, pattern, origin, preset, place, note } = rule;
  const watchedDays = daysBetween(watchedSince, now);
  const idle = idleDays({ rule, watchedSince, counted }, now);
  return {
    rule: { id, action, pattern },
    origin,
    ...(preset === undefined ? {} : { preset }),
    ...(place === undefined ? {} : { place }),
    note,
    state: idle >= UNUSED_DAYS ? 'unused' : counted === undefined ? 'not-watched-long-enough' : 'used',
    watchedSince,
    watchedDays,
    uses: counted?.uses ?? 0,
    names: counted?.nameCount ?? 0,
    ...(counted === undefined ? {} : { firstAt: counted.firstAt, lastAt: counted.lastAt }),
  };
}

/** Of one rule that is not a preset's, and stays. */
export function unused(watched: Watched, now: number): HygieneFinding | undefined {
  const idle = idleDays(watched, now);
  if (idle < UNUSED_DAYS) return undefined;
  const { rule, counted } = watched;
  const since = idle >= LONG_UNUSED_DAYS ? LONG_UNUSED_DAYS : UNUSED_DAYS;
  const last = counted === undefined ? 'never since it is watched' : `last on ${day(counted.lastAt)}`;
  return {
    kind: 'unused',
    days: since,
    rules: [rule.id],
    sentence: `${subject(rule)} was not used in the last ${since} days (${last}; watched for ${daysBetween(watched.watchedSince, now)} days).`,
    ...endIt(rule),
  };
}

/** Rules that a preset brought: one that is not used says nothing, none that is used does. */
export function unusedPreset(
  preset: string,
  rules: readonly Watched[],
  now: number,
): HygieneFinding | undefined {
  const idle = Math.min(...rules.map((one) => idleDays(one, now)));
  if (idle < UNUSED_DAYS) return undefined;
  const since = idle >= LONG_UNUSED_DAYS ? LONG_UNUSED_DAYS : UNUSED_DAYS;
  return {
    kind: 'unused',
    days: since,
    preset,
    rules: rules.map(({ rule }) => rule.id),
    sentence: `No rule of preset ${preset} was used in the last ${since} days.`,
    remedy: `If what it is for no longer runs there, take ${preset} out of the presets of the group.`,
  };
}

export function neverResolved({ rule, counted }: Watched): HygieneFinding | undefined {
  if (rule.action === 'deny' || counted === undefined) return undefined;
  if (counted.resolved > 0 || counted.days < RESOLVED_DAYS) return undefined;
  const isGone = counted.failed < counted.uses;
  const result = isGone ? 'there was never such a name, or no address for it' : 'no upstream ever answered';
  const end = endIt(rule);
  return {
    kind: 'never-resolved',
    rules: [rule.id],
    sentence: `${subject(rule)} was asked ${times(counted.uses)} on ${counted.days} days, and ${result}.`,
    ...end,
    remedy: isGone
      ? `Look for a mistake in the name. ${end.remedy}`
      : `Ask whether it has upstreams of its own that are gone (forward). ${end.remedy}`,
  };
}

export function tooWide(
  { rule, watchedSince, counted }: Watched,
  now: number,
  group: string,
): HygieneFinding | undefined {
  const isWildcard = rule.pattern.startsWith('*.') || rule.pattern.startsWith('.');
  if (rule.action === 'deny' || !isWildcard || counted === undefined || counted.resolved === 0)
    return undefined;
  const [name, ...more] = counted.names;
  if (name === undefined || more.length > 0 || counted.moreNames) return undefined;
  const watchedDays = daysBetween(watchedSince, now);
  if (watchedDays < UNUSED_DAYS) return undefined;
  const command = allowForGood(name, rule, group);
  return {
    kind: 'too-wide',
    rules: [rule.id],
    suggested: name,
    sentence: `Of ${words(rule)} only ${name} was ever used in ${watchedDays} days.`,
    remedy:
      rule.origin === 'file'
        ? `Write ${name} instead${at(rule)}.`
        : `Allow that name by itself (${command}), then end the wildcard (sallyport end ${rule.id}).`,
    ...(rule.origin === 'file' ? {} : { command }),
  };
}

/** `temporary` are all rules of one action, pattern and types that ended by themselves or will, oldest first. */
export function comesBack(temporary: readonly Rule[], group: string): HygieneFinding | undefined {
  const last = temporary.at(-1);
  if (last === undefined || temporary.length < TIMES_BACK) return undefined;
  const { action, pattern, types } = last;
  const verb = action === 'allow' ? 'allowed' : 'refused';
  const command =
    action === 'allow' ? allowForGood(pattern, last, group) : `sallyport deny ${pattern} --group ${group}`;
  return {
    kind: 'comes-back',
    rules: [last.id],
    again: { action, pattern, types },
    sentence: `${pattern} was ${verb} for a while ${temporary.length} times since ${day(temporary[0]?.createdAt ?? 0)}, last on ${day(last.createdAt)}.`,
    remedy: `Make it permanent, if it is wanted every time: ${command}`,
    command,
  };
}

/** How a rule is got rid of: not everywhere by a command. */
export function endIt(rule: Rule): { readonly remedy: string; readonly command?: string } {
  if (rule.origin === 'file') return { remedy: `Take it out of the file${at(rule)}.` };
  if (rule.preset !== undefined) return { remedy: `It comes with preset ${rule.preset}, and does no harm.` };
  const command = `sallyport end ${rule.id}`;
  return { remedy: `End it: ${command}`, command };
}

/** With the group: whoever has several must say which. */
function allowForGood(name: string, rule: Rule, group: string): string {
  const types = isUsual(rule) ? '' : ` --types ${rule.types.join(',')}`;
  return `sallyport allow ${name} --for always${types} --group ${group}`;
}

/** At the beginning of a sentence. */
export function subject(rule: Rule): string {
  return `R${words(rule).slice(1)}`;
}

export function words({ id, action, pattern }: Pick<Rule, 'id' | 'action' | 'pattern'>): string {
  return `rule ${id} (${action} ${pattern})`;
}

/** Days without use that were watched; a rule that ends by itself is left to do so. */
function idleDays({ rule, watchedSince, counted }: Watched, now: number): number {
  if (rule.expiresAt !== undefined) return 0;
  return daysBetween(Math.max(watchedSince, counted?.lastAt ?? 0), now);
}

function daysBetween(from: number, to: number): number {
  return Math.max(0, Math.floor((to - from) / DAY_MS));
}

function at({ place }: Rule): string {
  return place === undefined ? '' : ` (${place})`;
}

function isUsual({ types }: Rule): boolean {
  return types.join() === 'A,AAAA';
}

function times(n: number): string {
  return n === 1 ? 'once' : `${n} times`;
}

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
