import type { Effect } from '../../api/contract/common.ts';
import { count, printable } from '../format.ts';

const STATE = { 'in-sync': 'in sync', pending: 'sync under way', down: 'no answer' } as const;

/** What a change did, in one line. */
export function effectText(effect: Effect, what: 'open' | 'closed'): string {
  const addresses =
    effect.addresses.length === 0
      ? ''
      : ` ${count(effect.addresses.length, 'address', 'addresses')} ${what}.`;
  const firewalls = effect.firewalls
    .map(({ name, state, note }) => `${name}: ${STATE[state]}${note === undefined ? '' : ` (${note})`}`)
    .join(', ');
  return printable(
    `In force for the next question.${addresses} ${firewalls || 'No firewall holds addresses for this group.'}`,
  );
}
