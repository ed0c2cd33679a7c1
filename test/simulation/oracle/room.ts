/**
 * Whether an address may have been left without a place at a cap. What is open for a reason may be leased for it or not;
 * nobody outside can tell, so all of it counts.
 */
import type { Firewall } from '../firewall.ts';
import type { WorldDesign } from '../world.ts';
import type { Reason, Reasons } from './reasons.ts';

export interface Room {
  /** A name has about as many addresses open as it may, or its group has. */
  isCrowded(firewall: Firewall, group: string, name: string, family: 4 | 6): boolean;
  /** The same of any firewall that the group needs, once these are open as well; or nothing new is opened at all. */
  mayBeLeftOut(group: string, name: string, family: 4 | 6, coming?: readonly string[]): boolean;
}

export interface RoomParts {
  readonly design: WorldDesign;
  readonly reasons: Reasons;
  readonly requiredOf: (group: string) => readonly Firewall[];
  readonly isDiskFull: () => boolean;
}

export function createRoom({ design, reasons, requiredOf, isDiskFull }: RoomParts): Room {
  const { limits } = design;

  const areOpen = (
    firewall: Firewall,
    some: ReadonlySet<Reason>,
    least: number,
    coming: readonly string[],
  ): boolean => {
    if (some.size + coming.length < least) return false;
    let open = coming.length;
    if (open >= least) return true;
    for (const reason of some)
      if (reasons.isLive(reason) && firewall.table.has(reason.address) && !coming.includes(reason.address))
        if (++open >= least) return true;
    return false;
  };

  const isCrowded = (
    firewall: Firewall,
    group: string,
    name: string,
    family: 4 | 6,
    coming: readonly string[] = [],
  ): boolean =>
    areOpen(firewall, reasons.ofQuestion(group, family, name), limits.name - 1, coming) ||
    areOpen(firewall, reasons.ofGroup(group), Math.min(limits.rule, limits.group, limits.learn) - 1, coming);

  return {
    isCrowded,
    mayBeLeftOut: (group, name, family, coming) =>
      isDiskFull() || requiredOf(group).some((firewall) => isCrowded(firewall, group, name, family, coming)),
  };
}
