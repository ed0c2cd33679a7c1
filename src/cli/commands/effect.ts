import type { Effect } from '../../api/contract/common.ts';
import { count, printable } from '../format.ts';

const STATE = {
  unaffected: 'in sync',
  pending: 'sync under way',
  confirmed: 'in sync',
  unenforced: 'in sync, NOT enforced',
  error: 'no answer',
} as const;

/** Addresses that are named one by one; the rest are counted. */
const NAMED = 5;

/** What a change did, in one line. */
export function effectText(effect: Effect): string {
  const firewalls = effect.firewalls
    .map(({ name, state, note }) => `${name}: ${STATE[state]}${note === undefined ? '' : ` (${note})`}`)
    .join(', ');
  const open = effect.addresses.length - effect.closed.length;
  return printable(
    [
      'In force for the next question.',
      ...(open === 0 ? [] : [`${count(open, 'address', 'addresses')} open.`]),
      ...(effect.closed.length === 0
        ? []
        : [`${count(effect.closed.length, 'address', 'addresses')} closed.`]),
      ...stayText(effect.staysOpen),
      ...sharedText(effect.shared ?? []),
      firewalls || 'No firewall holds addresses for this group.',
    ].join(' '),
  );
}

function stayText(stays: Effect['staysOpen']): readonly string[] {
  if (stays.length === 0) return [];
  const named = stays.slice(0, NAMED).map((one) => `${one.address} (${keptBy(one)}, group ${one.group})`);
  const more = stays.length > NAMED ? [`${stays.length - NAMED} more`] : [];
  return [`Stays open: ${[...named, ...more].join(', ')}.`];
}

function sharedText(shared: NonNullable<Effect['shared']>): readonly string[] {
  if (shared.length === 0) return [];
  const names = [...new Set(shared.flatMap((one) => one.names))];
  const more = names.length > NAMED ? [`${names.length - NAMED} more`] : [];
  return [
    `${count(shared.length, 'address', 'addresses')} also open for ${[...names.slice(0, NAMED), ...more].join(', ')}.`,
  ];
}

function keptBy({ cause, name }: Effect['staysOpen'][number]): string {
  if (cause === 'pin') return name === '' ? 'opened by hand' : `opened by hand: ${name}`;
  if (cause === 'feed') return `feed ${name}`;
  return cause === 'adopted' ? 'found in the alias' : `for ${name}`;
}
