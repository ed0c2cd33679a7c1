/** What a campaign must have seen: what never happened was not proven. */
import { FAULTS } from './faults.ts';

/** Each is counted in a simulation that is long enough. */
export const MUST_HAPPEN: readonly string[] = [
  ...Object.keys(FAULTS),
  // What comes of the moods of firewalls, and of a full disk.
  'acknowledgement lost',
  'applied in part',
  'applied late',
  'applied twice',
  'a list that is none',
  'call refused',
  'crash at a commit',
  'lie',
  'read failed',
  'start failed',
  // What people decide.
  'decision: allow',
  'decision: deny',
  'decision: end of a pause',
  'decision: mode change',
  'decision: pause',
  'decision: pin',
  'decision: revoke',
  'decision: temporary rule',
  'decision: unpin',
  'person fills a table',
  'decision: release a held plan',
  'decision: drop a held plan',
  // What the gate does.
  'hold limit reached',
  'hold limit reached, strict',
  'seen: answers held',
  'seen: stale answer',
  'seen: warm look-up',
  'seen: sticky choice',
  'seen: withdrawal',
  // What the ledger does.
  'left out: group',
  'left out: learn',
  'left out: name',
  'left out: rule',
  'left out: storage',
  'lease ended: evicted',
  'lease ended: expired',
  'lease ended: mode-changed',
  'lease ended: pause-ended',
  'lease ended: revoked',
  'lease ended: taken-over',
  'seen: in-use extension',
  'seen: outage extension',
  // What another one writes and we only read.
  'seen: verified firewall read',
  // What waits for a person.
  'seen: held plan',
];

/** At least so many in a simulated minute and hour. */
export const QUESTIONS_A_MINUTE = 20;
export const FAULTS_AN_HOUR = 1;

export function faultsOf(counts: Readonly<Record<string, number>>): number {
  return Object.keys(FAULTS).reduce((sum, fault) => sum + (counts[fault] ?? 0), 0);
}
