import type { Clock } from '../base/clock.ts';
import { compileSnapshot, type PolicySnapshot } from '../plane/policy-snapshot.ts';
import type { ControlMessage } from '../plane/protocol.ts';
import { type Group, listGroups } from '../store/groups.ts';
import type { MainDb } from '../store/open.ts';
import { readPolicy, type ServedGroups } from './policy-source.ts';

/** The policy of the database as it was read last: what counts until it is read again, whatever is written meanwhile. */
export interface PolicyInForce {
  readonly snapshot: PolicySnapshot;
  /** The same as the data plane takes it. */
  readonly message: Extract<ControlMessage, { kind: 'policy' }>;
  /** Another epoch begins. */
  readAgain(): void;
  /** What reading it again at this moment would put in force; nothing is. */
  ifReadNow(): PolicySnapshot;
}

/** Nothing is in force before it is read for the first time. `serve`: which groups the firewalls serve from now on, and how. */
export function createPolicyInForce(
  db: MainDb,
  clock: Clock,
  serve: (groups: readonly Group[]) => ServedGroups,
): PolicyInForce {
  let served: ServedGroups = { gated: new Set(), frugal: new Set() };
  let message: PolicyInForce['message'] = { kind: 'policy', epoch: 0, groups: [] };
  let snapshot = compileSnapshot(message.epoch, message.groups);
  return {
    get snapshot() {
      return snapshot;
    },
    get message() {
      return message;
    },
    readAgain() {
      served = serve(listGroups(db));
      message = { kind: 'policy', epoch: message.epoch + 1, groups: readPolicy(db, clock.now(), served) };
      snapshot = compileSnapshot(message.epoch, message.groups);
    },
    ifReadNow: () => compileSnapshot(message.epoch, readPolicy(db, clock.now(), served)),
  };
}
