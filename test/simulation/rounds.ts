/** What is looked at again and again: tables once a minute, counters once an hour. */
import type { Firewall } from './firewall.ts';
import type { House } from './house.ts';
import type { Oracle } from './oracle.ts';
import type { People } from './people.ts';
import type { Timeline } from './timeline.ts';
import { HOUR, MINUTE, SECOND } from './world.ts';

export interface RoundsParts {
  readonly timeline: Timeline;
  readonly house: House;
  readonly firewalls: readonly Firewall[];
  readonly oracle: Oracle;
  readonly people: People;
  /** True while the house itself cannot do its work. */
  readonly isTroubled: () => boolean;
  /** So many more answers have waited for a firewall. */
  readonly held: (more: number) => void;
  /** What the status says of promises that the judge has not seen broken. */
  readonly claimed: (counters: ClaimedCounters) => void;
}

/** See src/actions/promises.ts. */
export interface ClaimedCounters {
  readonly cutShort: number;
  readonly endedInOutage: number;
  readonly unexplainedRemovals: number;
}

export interface Rounds {
  /** The counters of the product begin anew. */
  startOver(): void;
}

export function startRounds(parts: RoundsParts): Rounds {
  const { timeline, house, firewalls, oracle, people } = parts;
  let heldBefore = 0;
  const everyMinute = () => {
    timeline.after(MINUTE, everyMinute);
    for (const firewall of firewalls)
      if (parts.isTroubled() || !isWell(firewall)) oracle.disturbed([firewall]);
    if (house.control === undefined) oracle.disturbed(firewalls);
    oracle.inspect();
    people.askAgain();
  };
  const everyHour = () => {
    timeline.after(HOUR, everyHour);
    oracle.forget();
    const { control } = house;
    const counters = control?.status.read().counters;
    const held = counters?.held ?? heldBefore;
    parts.held(Math.max(0, held - heldBefore));
    heldBefore = held;
    if (control === undefined || counters === undefined) return;
    const unexplainedRemovals = control.sync.state().map(({ status }) => status.unexplainedRemovals);
    parts.claimed({ ...counters, unexplainedRemovals: Math.max(0, ...unexplainedRemovals) });
  };
  timeline.after(MINUTE, everyMinute);
  timeline.after(HOUR - SECOND, everyHour);
  return {
    startOver() {
      heldBefore = 0;
    },
  };
}

function isWell({ mood }: Firewall): boolean {
  const { unreachable, refused, lost, lying, partial, late, unreadable } = mood;
  return !unreachable && refused + lost + lying + partial + late + unreadable === 0;
}
