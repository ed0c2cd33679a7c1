import type { Group } from '../store/groups.ts';
import type { ActionDeps } from './deps.ts';
import { describeEnforcement, type Enforcement } from './enforcement.ts';

/** What may honestly be said about a stored group now. */
export function describeGroup(
  { sync, clock }: Pick<ActionDeps, 'sync' | 'clock'>,
  group: Pick<Group, 'name' | 'mode' | 'pausedUntil' | 'enforceOverride'>,
): Enforcement {
  return describeEnforcement({
    mode: group.mode,
    paused: isPaused(group, clock.now()),
    override: group.enforceOverride,
    firewalls: sync.state().filter((firewall) => firewall.groups.includes(group.name)),
  });
}

export function isPaused({ pausedUntil }: Pick<Group, 'pausedUntil'>, now: number): boolean {
  return pausedUntil !== undefined && pausedUntil > now;
}
