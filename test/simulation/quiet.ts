/** For how long nothing has been wrong: what is asked then has no excuse. */
import type { Disk } from './database.ts';
import { calmMood, type Firewall } from './firewall.ts';
import type { House } from './house.ts';
import { ORDINARY_DELAY_MS } from './ports.ts';
import type { Timeline } from './timeline.ts';
import { type Internet, ORDINARY_ANSWER_MS } from './upstream.ts';

export interface QuietParts {
  readonly timeline: Pick<Timeline, 'now'>;
  readonly house: () => House;
  readonly firewalls: readonly Firewall[];
  readonly internet: Internet;
  readonly disk: Disk;
}

export interface Quiet {
  /** Something went wrong a moment ago, wherever. */
  disturbed(): void;
  /** Looks around, and says for how many milliseconds both planes, the upstreams and these firewalls have worked. */
  lasts(needed: readonly Firewall[]): number;
}

/** It is looked around at each reply, several times a minute: a trouble that begins and ends between two is told by `disturbed`. */
export function watchQuiet({ timeline, house, firewalls, internet, disk }: QuietParts): Quiet {
  let troubledAt = timeline.now;
  const tests = firewalls.map((firewall) => [firewall, calmTest(firewall)] as const);
  const firewallTroubledAt = new Map(firewalls.map((firewall) => [firewall, timeline.now]));

  const isTroubled = (): boolean => {
    const { wire, control, dataLife } = house();
    return (
      control === undefined ||
      !dataLife.alive ||
      wire.slowestMs > ORDINARY_DELAY_MS ||
      wire.acknowledgesAnyhow ||
      internet.trouble !== undefined ||
      internet.lossShare > 0 ||
      internet.slowestMs > ORDINARY_ANSWER_MS ||
      internet.gone.size > 0 ||
      disk.full ||
      disk.crash !== undefined
    );
  };

  return {
    disturbed() {
      troubledAt = timeline.now;
    },
    lasts(needed) {
      if (isTroubled()) troubledAt = timeline.now;
      for (const [firewall, isCalm] of tests) if (!isCalm()) firewallTroubledAt.set(firewall, timeline.now);
      return (
        timeline.now -
        Math.max(troubledAt, ...needed.map((one) => firewallTroubledAt.get(one) ?? timeline.now))
      );
    },
  };
}

/** It is asked at each reply, of each firewall: what is usual is read off once. */
function calmTest({ mood, design }: Firewall): () => boolean {
  const calm = calmMood(design);
  return () =>
    mood.unreachable === calm.unreachable &&
    mood.slowestMs === calm.slowestMs &&
    mood.refused + mood.lost + mood.lying + mood.partial + mood.late + mood.doubled + mood.unreadable === 0;
}
