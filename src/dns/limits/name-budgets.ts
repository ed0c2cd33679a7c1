/**
 * An allowed wildcard is the way data leaks out through DNS: every name below it is carried to whoever runs the zone.
 * So a wildcard rule has a budget of names it was not asked for before; long names, which carry more, cost more of it.
 *
 *   known name                 always: asked before, or open on the firewall
 *   new name, budget left      answered, and known from now on
 *   new name, budget spent     refused until the hour is over; a person can allow the name by itself
 */
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../base/clock.ts';
import { type DomainName, formatDomainName } from '../../base/domain-name.ts';

export interface Budget {
  /** New names an hour; 0: no budget. */
  readonly names: number;
  /** Octets; a name with a longer label below the pattern costs as much as ten. */
  readonly labelLength: number;
  /** Octets; a name with more than that below the pattern, dots counted, costs as much as ten. */
  readonly nameLength: number;
}

/**
 * Hosts under one wildcard are few: a CDN shows some dozens an hour. Labels of real hosts end at 40 hex digits (object
 * stores, service hashes); tunnels fill their 63. So at most some 40 kB leave in an hour, where a tunnel wants megabytes.
 */
export const DEFAULT_BUDGET: Budget = { names: 1000, labelLength: 40, nameLength: 100 };

export interface BudgetedRule {
  readonly id: number;
  readonly pattern: { readonly kind: 'exact' | 'below' | 'both'; readonly name: DomainName };
}

/** `listed`: to be written down with its name; a flood is only counted, so that it does not fill the owner's list. */
export type Spent =
  | { readonly within: true }
  | { readonly within: false; readonly why: string; readonly listed: boolean };

/** A rule that refused names in this hour. */
export interface BudgetReport {
  readonly ruleId: number;
  readonly pattern: string;
  readonly refused: number;
  /** Its budget of names. */
  readonly names: number;
  readonly until: number;
}

export interface NameBudgets {
  /** Takes a name from the budget of the rule that allows it; a name that was within it once stays so. */
  spend(groupId: number, rule: BudgetedRule, name: DomainName): Spent;
  /** Names remembered. */
  known(): number;
  report(): readonly BudgetReport[];
}

export interface NameBudgetsOptions {
  readonly clock: Clock;
  readonly standard: Budget;
  /** Budgets of single patterns, written as a rule has them: '*.example.org'. */
  readonly others: ReadonlyMap<string, Budget>;
  /** True for names that were answered before this run: what is open on a firewall was asked for once. */
  readonly isKnown: (groupId: number, name: DomainName) => boolean;
  /** Told once an hour when a rule begins to refuse. */
  readonly onSpent: (report: BudgetReport) => void;
}

export function createNameBudgets(options: NameBudgetsOptions): NameBudgets {
  const { clock, standard, others, isKnown, onSpent } = options;
  // By size: places for a number of entries would all be made at the start, 1.3 MB of them.
  const known = new LRUCache<string, true>({ maxSize: MAX_NAMES, sizeCalculation: one });
  const hours = new LRUCache<number, Hour>({ maxSize: MAX_RULES, sizeCalculation: one });
  const refusing = new Set<Hour>();

  const hourOf = (rule: BudgetedRule, { names }: Budget): Hour => {
    const now = clock.now();
    const current = hours.get(rule.id);
    if (current !== undefined && now < current.until) return current;
    const hour = {
      ruleId: rule.id,
      pattern: textOf(rule),
      until: now + HOUR_MS,
      names,
      spent: 0,
      refused: 0,
    };
    hours.set(rule.id, hour);
    return hour;
  };

  const refuse = (hour: Hour): Spent => {
    hour.refused++;
    if (hour.refused === 1) {
      forgetOver();
      if (refusing.size < MAX_REPORTED) refusing.add(hour);
      onSpent(reportOf(hour));
    }
    const why = `${hour.pattern} had its ${hour.names} new names of this hour`;
    return { within: false, why, listed: hour.refused <= MAX_LISTED };
  };

  const forgetOver = (): void => {
    for (const hour of refusing) if (hour.until <= clock.now()) refusing.delete(hour);
  };

  return {
    spend(groupId, rule, name) {
      if (rule.pattern.kind === 'exact' || name === rule.pattern.name) return WITHIN;
      const budget = others.size === 0 ? standard : (others.get(textOf(rule)) ?? standard);
      if (budget.names === 0) return WITHIN;
      const key = `${rule.id} ${name}`;
      if (known.get(key) !== undefined) return WITHIN;
      if (isKnown(groupId, name)) {
        known.set(key, true);
        return WITHIN;
      }
      const hour = hourOf(rule, budget);
      const cost = isLong(name, name.length - rule.pattern.name.length, budget) ? LONG_NAME_COST : 1;
      if (hour.spent + cost > budget.names) return refuse(hour);
      hour.spent += cost;
      known.set(key, true);
      return WITHIN;
    },
    known: () => known.size,
    report() {
      forgetOver();
      return [...refusing].map(reportOf);
    },
  };
}

const HOUR_MS = 3_600_000;
/** Names remembered as known, at some 150 octets each; the least asked is forgotten first, and spends again. */
const MAX_NAMES = 50_000;
/** Wildcard rules in use whose hour is kept. */
const MAX_RULES = 10_000;
/** What a name costs that carries more than a host name: refused at once it would break the few that are real. */
const LONG_NAME_COST = 10;
/** Refused names of one rule and hour that are written down for a person. */
const MAX_LISTED = 50;
/** Rules that status names. */
const MAX_REPORTED = 20;

const WITHIN: Spent = { within: true };

interface Hour {
  readonly ruleId: number;
  readonly pattern: string;
  readonly until: number;
  readonly names: number;
  spent: number;
  refused: number;
}

function one(): number {
  return 1;
}

function reportOf({ ruleId, pattern, refused, names, until }: Hour): BudgetReport {
  return { ruleId, pattern, refused, names, until };
}

function textOf({ pattern }: BudgetedRule): string {
  return (pattern.kind === 'below' ? '*.' : '.') + formatDomainName(pattern.name);
}

/** `octets`: how many of the name, in wire form, are below the pattern. */
function isLong(name: DomainName, octets: number, { labelLength, nameLength }: Budget): boolean {
  if (octets - 1 > nameLength) return true;
  for (let at = 0; at < octets; at += name.charCodeAt(at) + 1)
    if (name.charCodeAt(at) > labelLength) return true;
  return false;
}
