/**
 * One run over an alias that somebody else writes, as the primary of an HA pair does for its secondary: read and
 * compared, never written. What it does not hold is not confirmed.
 */
import type { IpAddress } from '../base/ip-address.ts';
import type { AliasChanges, Driver } from '../firewall/driver.ts';
import { planChanges } from './plan.ts';
import type { SyncPorts } from './ports.ts';
import type { ReconcilerParts } from './reconciler.ts';
import type { RunResult } from './sync-run.ts';
import type { TableWatch } from './table-watch.ts';

export class Verifier {
  readonly #driver: Driver;
  readonly #ports: SyncPorts;
  readonly #watch: TableWatch;
  #missing: ReadonlySet<IpAddress> = new Set();

  constructor({ driver, ports, watch }: Pick<ReconcilerParts, 'driver' | 'ports' | 'watch'>) {
    this.#driver = driver;
    this.#ports = ports;
    this.#watch = watch;
  }

  async verify(signal: AbortSignal): Promise<RunResult> {
    const { entries } = await this.#watch.read(signal);
    const desired = this.#ports.desired();
    const { add, renew, remove } = planChanges(entries, desired, this.#ports.clock.now());
    const missing = new Set([...add, ...renew].map(({ address }) => address));
    const stuck = missing.size > 0 && this.#missing.isSubsetOf(missing);
    this.#missing = missing;
    const behind = lag([...missing], remove);
    return {
      found: {
        outcome: 'unchanged',
        detail: behind ?? '',
        desired: desired.size,
        current: entries.size,
        changes: [],
      },
      ...(behind === undefined ? {} : { behind, retry: true, stuck }),
    };
  }

  /** What whoever writes it would have to change. */
  async dryRun(signal: AbortSignal): Promise<{ readonly changes: AliasChanges; readonly held: undefined }> {
    const entries = await this.#driver.read(signal);
    const changes = planChanges(entries, this.#ports.desired(), this.#ports.clock.now());
    return { changes, held: undefined };
  }
}

function lag(missing: readonly IpAddress[], left: readonly IpAddress[]): string | undefined {
  const [first] = missing;
  const lacks =
    missing.length === 0
      ? []
      : [missing.length === 1 ? `lacks ${first}` : `lacks ${missing.length} addresses (first: ${first})`];
  const keeps = left.length === 0 ? [] : [`still holds ${left.length} that are closed (first: ${left[0]})`];
  const both = [...lacks, ...keeps];
  return both.length === 0 ? undefined : `its table ${both.join(' and ')}; another one has to write it`;
}
