/**
 * What may honestly be said about a group: the one place that decides it, used by status, page and CLI.
 * Nothing is called enforced that is not: a name filter alone stops nobody who already knows an address.
 */

export type EnforcementState = 'enforced' | 'names-only' | 'learning' | 'paused';

export interface Enforcement {
  readonly state: EnforcementState;
  readonly sentence: string;
}

/** What a firewall can prove about itself. */
export interface EnforcingFirewall {
  readonly name: string;
  /** False for a stand-in that stops no packet. */
  readonly enforces: boolean;
  /** True when its alias was read at the last attempt. */
  readonly connected: boolean;
  /** Whether a rule on the firewall uses the alias; unknown where the firewall cannot tell. */
  readonly ruleUse: 'used' | 'unused' | 'unknown';
}

export interface EnforcementInput {
  readonly mode: 'learn' | 'enforce';
  readonly paused: boolean;
  /** The owner stated that the firewall is in order, where that could not be seen. */
  readonly override: boolean;
  /** The firewalls of this group. */
  readonly firewalls: readonly EnforcingFirewall[];
}

/**
 *   paused                                          → paused
 *   learn                                           → learning
 *   no enforcing firewall                           → names-only
 *   any enforcing firewall away, or its alias idle  → names-only
 *   use of the alias unknown                        → names-only, with the owner's override enforced ("stated by you")
 *   every enforcing firewall connected, alias used  → enforced
 */
export function describeEnforcement({ mode, paused, override, firewalls }: EnforcementInput): Enforcement {
  if (paused) return { state: 'paused', sentence: PAUSED };
  if (mode === 'learn') return { state: 'learning', sentence: LEARNING };

  const gap = enforcementGap(firewalls, override);
  if (gap !== undefined) return { state: 'names-only', sentence: `${NAMES_ONLY}: ${gap}` };

  const enforcing = firewalls.filter((firewall) => firewall.enforces);
  const stated = enforcing.some((firewall) => firewall.ruleUse === 'unknown');
  return {
    state: 'enforced',
    sentence: `Names are filtered and addresses are enforced by ${list(enforcing)}${stated ? `; ${STATED}` : ''}`,
  };
}

/** Why addresses are not enforced by these firewalls, as half a sentence; undefined when they are. */
export function enforcementGap(
  firewalls: readonly EnforcingFirewall[],
  override: boolean,
): string | undefined {
  const enforcing = firewalls.filter((firewall) => firewall.enforces);
  if (enforcing.length === 0) {
    return firewalls.length === 0
      ? 'no firewall connected'
      : `no firewall connected (${list(firewalls)} stops no packet)`;
  }
  const away = enforcing.filter((firewall) => !firewall.connected);
  if (away.length > 0) return `no answer from firewall ${list(away)}`;
  const idle = enforcing.filter((firewall) => firewall.ruleUse === 'unused');
  if (idle.length > 0) return `no rule on firewall ${list(idle)} uses the alias`;
  const unseen = enforcing.filter((firewall) => firewall.ruleUse === 'unknown');
  if (unseen.length > 0 && !override)
    return `whether a rule on firewall ${list(unseen)} uses the alias cannot be seen`;
  return undefined;
}

export const NAMES_ONLY = 'Names are filtered; addresses are NOT enforced';
const LEARNING =
  'Learning: every name is answered unless a rule denies it, what would be refused is written down, nothing is enforced';
const PAUSED = 'Paused: every name is answered until the pause ends, nothing is enforced';
const STATED = 'that a rule uses the alias was stated by you, not seen';

function list(firewalls: readonly EnforcingFirewall[]): string {
  return firewalls.map((firewall) => firewall.name).join(', ');
}
