import type { DomainName } from '../base/domain-name.ts';
import { describeError, type ErrorCode, KnownError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { DenialEvent, SightingEvent, UnknownClientEvent } from '../plane/protocol.ts';
import { changesSoFar } from '../store/changes.ts';
import type { MainDb } from '../store/open.ts';
import { recordDenials } from '../store/refusals.ts';
import { addSightings } from '../store/sightings.ts';
import { recordUnknownClients } from '../store/unknown-clients.ts';

export interface Recorder {
  sightings(batch: readonly SightingEvent[]): void;
  denials(batch: readonly DenialEvent[]): void;
  hosts(batch: readonly UnknownClientEvent[]): void;
  /** Runs a write whose loss is bearable; a full disk or a locked database is said once, and again when it is over. */
  attempt(what: string, write: () => void): boolean;
  /** A whole sentence while the last write failed. */
  problem(): string | undefined;
}

/** Trouble of the disk, not of what is written: it may be over at the next try. */
const PASSING: ReadonlySet<ErrorCode> = new Set(['storage-full', 'database-not-usable']);

/** Writes down what the data plane saw. Nobody waits for these: a failed write is reported, and names go on resolving. */
export function createRecorder(
  db: MainDb,
  log: Log,
  isRefusedOnPurpose: (name: DomainName) => boolean = () => false,
): Recorder {
  let problem: string | undefined;

  const attempt = (what: string, write: () => void): boolean => {
    try {
      const before = problem === undefined ? undefined : changesSoFar(db);
      write();
      // Where there was nothing to write, nothing has been learnt.
      if (before !== undefined && changesSoFar(db) > before) {
        log.info('the database takes writes again');
        problem = undefined;
      }
      return true;
    } catch (error) {
      if (!(error instanceof KnownError) || !PASSING.has(error.code)) throw error;
      if (problem === undefined)
        log.error({ why: describeError(error), hint: error.hint }, `${what} could not be written down`);
      problem = `${describeError(error)}: new addresses are not opened until it takes writes again`;
      return false;
    }
  };

  return {
    attempt,
    problem: () => problem,
    sightings: (batch) => void attempt('sightings', () => addSightings(db, batch)),
    denials(batch) {
      const marked = batch.map((one) => ({ ...one, onPurpose: isRefusedOnPurpose(one.name) }));
      attempt('refused names', () => recordDenials(db, marked));
    },
    hosts: (batch) => void attempt('new hosts', () => recordUnknownClients(db, batch)),
  };
}
