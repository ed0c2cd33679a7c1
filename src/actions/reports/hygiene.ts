/** How the rules of a group were used, and what could be tidied up. */
import type { RuleReference } from '../query-port.ts';

export interface HygieneInput {
  readonly group: string;
}

export interface Hygiene {
  readonly group: string;
  /** The first moment from which answers are counted; uses before it are not known. Absent: nothing was counted yet. */
  readonly countedSince?: number;
  readonly findings: readonly HygieneFinding[];
  /** Of every rule in force. */
  readonly rules: readonly RuleUse[];
}

export interface HygieneFinding {
  readonly kind: 'unused' | 'never-resolved' | 'too-wide' | 'comes-back' | 'shadowed';
  /** The rules it is about, by their ids. */
  readonly rules: readonly number[];
  /** Of an unused preset: which. */
  readonly preset?: string;
  /** Of what is unused: for how many days at least, 30 or 90. */
  readonly days?: number;
  /** The rule that makes this one idle. */
  readonly by?: number;
  /** The name that would do instead of the wildcard. */
  readonly suggested?: string;
  /** What was made for a while again and again, by rules that may have ended. */
  readonly again?: {
    readonly action: 'allow' | 'deny';
    readonly pattern: string;
    readonly types: readonly string[];
  };
  readonly sentence: string;
  readonly remedy: string;
  /** The remedy, where one command is all of it or its first half. */
  readonly command?: string;
}

export interface RuleUse {
  readonly rule: RuleReference;
  readonly origin: 'person' | 'catalog' | 'learn' | 'file';
  readonly preset?: string;
  readonly place?: string;
  readonly note: string;
  /** A rule that was not used is called unused only where the last 30 days were watched. */
  readonly state: 'used' | 'unused' | 'not-watched-long-enough';
  readonly watchedSince: number;
  readonly watchedDays: number;
  /** Questions it decided, of 13 months at most. */
  readonly uses: number;
  readonly names: number;
  /** Of refusals, the beginning of that UTC day. */
  readonly firstAt?: number;
  readonly lastAt?: number;
}
