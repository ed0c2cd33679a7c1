import type { RoundTrip } from '../actions/ports.ts';
import type { Clock } from '../base/clock.ts';
import { KnownError } from '../base/errors.ts';
import type { IpAddress } from '../base/ip-address.ts';
import type { FirewallSync } from '../sync/firewall-sync.ts';
import type { Trial } from './trial.ts';

export interface RoundTripDeps {
  readonly clock: Clock;
  readonly sync: Pick<FirewallSync, 'run' | 'held' | 'status'>;
  readonly trial: Trial;
}

/** One address into the alias and out again, by the same runs of the sync as every other; taken out also where putting it in failed. */
export async function makeRoundTrip(
  { clock, sync, trial }: RoundTripDeps,
  address: IpAddress,
): Promise<RoundTrip> {
  if (!trial.begin(address)) {
    throw new KnownError('invalid-input', `${address} is wanted in the alias already`, {
      hint: 'Wait for the round trip under way, or name another documentation address.',
    });
  }
  const leg = async () => {
    const startedAt = clock.now();
    const run = await sync.run('person');
    const { lastError } = sync.status();
    const problem = run.outcome === 'failed' ? run.detail : (lastError ?? run.detail);
    return { held: sync.held.has(address), tookMs: clock.now() - startedAt, problem };
  };
  const writesBefore = sync.status().writesToday;
  const added = await leg().finally(() => trial.end(address));
  const removed = await leg();
  return { added, removed, writes: Math.max(0, sync.status().writesToday - writesBefore) };
}
