/** Chance that can be repeated: everything random in a simulation comes from its seed. */
import { type Random, seeded } from '../../scripts/fuzz/random.ts';

export interface Chance extends Random {
  /** True in this share (0 to 1) of all cases. */
  happens(share: number): boolean;
  /** A whole number, both ends included. */
  between(least: number, most: number): number;
  /** As likely between 1 and 10 as between 10 and 100. */
  magnitude(least: number, most: number): number;
  shuffled<T>(things: readonly T[]): T[];
}

/** `stream`: parts of the world that draw from streams of their own do not disturb each other. */
export function chanceOf(seed: number, stream: number): Chance {
  const random = seeded(Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(stream + 1, 0x85ebca6b));
  const share = () => random.below(2 ** 30) / 2 ** 30;
  const chance: Chance = {
    ...random,
    happens: (part) => share() < part,
    between: (least, most) => least + random.below(most - least + 1),
    magnitude: (least, most) => Math.round(least * (most / least) ** share()),
    shuffled(things) {
      const all = [...things];
      for (let i = all.length - 1; i > 0; i--) {
        const j = random.below(i + 1);
        const [a, b] = [all[i], all[j]];
        if (a === undefined || b === undefined) continue;
        all[i] = b;
        all[j] = a;
      }
      return all;
    },
  };
  return chance;
}
