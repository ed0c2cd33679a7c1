/** A person fills a table by hand, and people decide about the large removal that then waits for their OK. */
import { KnownError } from '../../src/base/errors.ts';
import type { Chance } from './chance.ts';
import type { Firewall } from './firewall.ts';
import type { House } from './house.ts';
import type { Timeline } from './timeline.ts';
import { HOUR, MINUTE } from './world.ts';

export interface HeldPlansParts {
  readonly timeline: Timeline;
  readonly chance: Chance;
  readonly house: () => House;
  readonly firewalls: readonly Firewall[];
  readonly watcher: {
    /** So much that nobody here knows that it is not removed without a person. */
    filled(firewall: Firewall, added: readonly string[]): void;
    /** A person has said that these may go. */
    released(firewall: Firewall, removals: readonly string[]): void;
    /** A person has said that these stay: they are taken over for a day. */
    dropped(firewall: Firewall, removals: readonly string[]): void;
  };
}

/** How often somebody looks: a mail is read now and then. */
const LOOKS_EVERY_MS = 10 * MINUTE;
/** Houses where it happens: in the others seeds go on meaning what they meant. */
const FILLED_SHARE = 0.3;

export function startHeldPlans({ timeline, chance, house, firewalls, watcher }: HeldPlansParts): void {
  const decide = (firewall: Firewall, removals: readonly string[]) => {
    const { control } = house();
    if (control === undefined || chance.happens(0.3)) return;
    const { name } = firewall.design;
    // What is refused now, as on a full disk, or ends with a crash, is decided another time.
    const isLater = (error: unknown) => {
      if (!(error instanceof KnownError)) throw error;
    };
    if (chance.happens(0.5)) {
      watcher.released(firewall, removals);
      control.sync.release(name).catch(isLater);
    } else {
      control.sync.drop(name).then(() => watcher.dropped(firewall, removals), isLater);
    }
  };
  const look = () => {
    timeline.after(LOOKS_EVERY_MS, look);
    for (const { name, status } of house().control?.sync.state() ?? []) {
      const firewall = firewalls.find(({ design }) => design.name === name);
      if (firewall !== undefined && status.heldPlan !== undefined) decide(firewall, status.heldPlan.removals);
    }
  };
  const fill = () => {
    timeline.after(chance.between(HOUR, 6 * HOUR), fill);
    const firewall = chance.pick(firewalls);
    const count = firewall.table.size + chance.between(10, 40);
    const added = Array.from({ length: count }, (_, i) => `151.104.${i >> 8}.${i & 255}`);
    watcher.filled(firewall, added);
    for (const address of added) firewall.personAdds(address);
  };
  if (!chance.happens(FILLED_SHARE)) return;
  timeline.after(LOOKS_EVERY_MS, look);
  timeline.after(chance.between(20 * MINUTE, 2 * HOUR), fill);
}
