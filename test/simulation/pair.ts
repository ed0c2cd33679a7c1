/** The secondary of a pair of firewalls: it takes over the table of the first, which is the only one that is written. */
import type { Chance } from './chance.ts';
import type { Firewall } from './firewall.ts';
import type { Timeline } from './timeline.ts';
import { SECOND } from './world.ts';

export interface Pair {
  /** The first has changed. */
  changed(firewall: Firewall): void;
}

/** Milliseconds until a change arrives, and between two comparisons of the whole: what was lost is made good by that. */
const ARRIVES_MS = { least: 20, most: 300 } as const;
const WHOLE_EVERY_MS = 30 * SECOND;

export function startPair(
  timeline: Timeline,
  chance: Chance,
  firewalls: readonly Firewall[],
): Pair | undefined {
  const second = firewalls.find(({ design }) => design.copies !== undefined);
  const first = firewalls.find(({ design }) => design.name === second?.design.copies);
  if (first === undefined || second === undefined) return undefined;
  let isUnderWay = false;
  const take = () => {
    if (!second.mood.unreachable) second.replicate(first.table.keys());
  };
  const takeAll = () => {
    timeline.after(WHOLE_EVERY_MS, takeAll);
    take();
  };
  timeline.after(WHOLE_EVERY_MS, takeAll);
  return {
    changed(firewall) {
      if (firewall !== first || isUnderWay) return;
      isUnderWay = true;
      timeline.after(chance.between(ARRIVES_MS.least, ARRIVES_MS.most), () => {
        isUnderWay = false;
        take();
      });
    },
  };
}
