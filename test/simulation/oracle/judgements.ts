/** What people have decided about a name, as far as it may be in force now. */
import { type DecreeBook, type Judgement, judge } from '../decrees.ts';
import { createPairs } from '../keys.ts';

export interface Judgements {
  /** What every decree that may be in force says. */
  of(group: string, name: string): readonly Judgement[];
  /** The same object for as long as every one of these stands. */
  standing(): object;
  /** What the last one says. */
  latest(group: string, name: string): Judgement | undefined;
  /** What the last one says of a moment of the house's clock. */
  isAllowedAt(group: string, name: string, at: number): boolean;
  /** People have decided, or what they decided has come into force. */
  changed(): void;
}

export interface JudgementsParts {
  readonly decrees: DecreeBook;
  readonly now: () => number;
  readonly clockOffset: () => number;
}

/** Each is made once, and again when something has changed or ended: all of them are asked for all the time. */
export function createJudgements({ decrees, now, clockOffset }: JudgementsParts): Judgements {
  const keyOf = createPairs();
  let known = new Map<string, readonly Judgement[]>();
  let knownUntil = 0;

  const changed = () => {
    known = new Map();
    const house = now() + clockOffset();
    const ends = decrees.possible.flatMap((decree) =>
      [...decree.values()].flatMap(({ pausedUntil, rules }) => [
        pausedUntil,
        ...rules.map((rule) => rule.expiresAt),
      ]),
    );
    const next = Math.min(...ends.filter((end) => end !== undefined && end > house).map(Number));
    knownUntil = next - clockOffset();
  };

  const standing = () => {
    if (now() >= knownUntil) changed();
    return known;
  };

  return {
    standing,
    of(group, name) {
      standing();
      const key = keyOf(group, name);
      let found = known.get(key);
      if (found === undefined) {
        found = decrees.possible.flatMap((decree) => {
          const decreed = decree.get(group);
          return decreed === undefined ? [] : [judge(decreed, name, now() + clockOffset())];
        });
        known.set(key, found);
      }
      return found;
    },
    latest(group, name) {
      const decreed = decrees.latest.get(group);
      return decreed && judge(decreed, name, now() + clockOffset());
    },
    isAllowedAt(group, name, at) {
      const decreed = decrees.latest.get(group);
      return decreed === undefined || judge(decreed, name, at).allowed;
    },
    changed,
  };
}
