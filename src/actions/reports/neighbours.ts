/** What else runs on a host, by what it asked. */
import type { Explanation } from '../../catalog/explain.ts';

export interface NeighboursInput {
  readonly group: string;
  /** ms since 1970 */
  readonly since: number;
}

export interface Neighbours {
  readonly group: string;
  readonly since: number;
  /** Those with the best evidence first; what the group has is not among them. */
  readonly items: readonly Neighbour[];
}

export interface Neighbour {
  readonly preset: string;
  readonly title: string;
  /** As the report of learning has it: half of what it needs was asked, and a name that no other preset has. */
  readonly recognised: boolean;
  /** How many names it cannot do without, and how many of those were asked. */
  readonly required: number;
  readonly requiredSeen: number;
  /** Names that were asked and that no other preset has. */
  readonly onlyHere: readonly string[];
  readonly seen: readonly SeenName[];
  readonly sentence: string;
}

export interface SeenName {
  readonly name: string;
  readonly pattern: string;
  readonly need: Explanation['need'];
  readonly count: number;
  /** How many of these were refused. */
  readonly refused: number;
  readonly lastAt: number;
}
