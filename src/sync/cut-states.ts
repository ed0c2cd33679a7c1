import { describeError, KnownError, TransientDriverError } from '../base/errors.ts';
import type { Driver } from '../firewall/driver.ts';
import type { SyncPorts } from './ports.ts';
import type { SyncChange } from './sync-run.ts';

/** Cuts open connections to what a person has closed, where the owner wants that; that it failed is said, and fails no run. */
export class StateCutter {
  readonly #driver: Pick<Driver, 'killStates'>;
  readonly #ports: Pick<SyncPorts, 'clients' | 'log'>;
  #problem: string | undefined;

  constructor(driver: Pick<Driver, 'killStates'>, ports: Pick<SyncPorts, 'clients' | 'log'>) {
    this.#driver = driver;
    this.#ports = ports;
  }

  /** Why it failed when it was last wanted. */
  get problem(): string | undefined {
    return this.#problem;
  }

  async cut(made: readonly SyncChange[], signal: AbortSignal): Promise<void> {
    const kill = this.#driver.killStates;
    const closed = made.filter(
      ({ change, confirmed, cause }) => change === 'remove' && confirmed && CUT_FOR.has(cause),
    );
    if (kill === undefined || closed.length === 0) return;
    try {
      const addresses = closed.map(({ address }) => address);
      await kill(addresses, this.#ports.clients(), signal);
      this.#problem = undefined;
    } catch (error) {
      if (!(error instanceof KnownError || error instanceof TransientDriverError)) throw error;
      this.#problem = describeError(error);
      this.#ports.log.warn({ why: this.#problem }, 'open connections to closed addresses were not cut');
    }
  }
}

/** Ends that somebody has decided, or that were decided from the start; of other leases what is open may go on. */
const CUT_FOR: ReadonlySet<string> = new Set(['revoked', 'rule-ended', 'pause-ended']);
