import type { SyncStatus } from '../sync/sync-status.ts';

/** A table that was lost is spoken of for as long: a reboot at night is still news in the morning. */
const LOSS_IS_NEWS_MS = 24 * 3_600_000;

/** Addresses named in one sentence. */
const NAMED = 3;

interface FirewallFacts extends Pick<SyncStatus, 'loss' | 'otherWriters' | 'stateProblem'> {
  /** Groups in strict mode, where it confirms nothing in the time a client waits. */
  readonly strictGroups: readonly string[];
}

/** Whole sentences about one firewall that a person should look at. Pure. */
export function firewallWarnings(
  { name, alias }: { readonly name: string; readonly alias: string },
  { loss, otherWriters, stateProblem, strictGroups }: FirewallFacts,
  now: number,
): readonly string[] {
  const found: string[] = [];
  for (const group of strictGroups) {
    found.push(
      `Group ${group} is in strict mode, and firewall ${name} fetches its list when it pleases: each new name fails until then. Set onHoldLimit: answer for the group, or required: false for the firewall.`,
    );
  }
  if (loss !== undefined && now - loss.at < LOSS_IS_NEWS_MS) {
    found.push(
      `Firewall ${name} lost its table ${alias} (${new Date(loss.at).toISOString()}, ${loss.entries} entries): it was rebooted, or somebody flushed it. It is filled again by itself.`,
    );
  }
  if (stateProblem !== undefined) {
    found.push(
      `Firewall ${name} closed addresses and left open connections to them alone (killStates): ${stateProblem}`,
    );
  }
  if (otherWriters.length > 0) {
    const more = otherWriters.length > NAMED ? ` and ${otherWriters.length - NAMED} more` : '';
    found.push(
      `Another writer keeps adding ${otherWriters.slice(0, NAMED).join(', ')}${more} to ${alias} on firewall ${name}: they are left alone, and open for everything the alias opens. Find who writes there, or open them by hand (addresses of a group).`,
    );
  }
  return found;
}
