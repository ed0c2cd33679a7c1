/** Open addresses as a person looks at them: each once for a group, with every name it is open for. Pure. */
import type { Lease } from '../../api/types.ts';
import { csvText } from '../../lib/csv.ts';

export interface OpenAddress {
  readonly group: string;
  readonly address: string;
  /** One at least; what ends last first. */
  readonly leases: readonly [Lease, ...Lease[]];
  /** Absent: no end. */
  readonly until: string | undefined;
  readonly firewalls: Lease['firewalls'];
}

export function groupLeases(leases: readonly Lease[]): readonly OpenAddress[] {
  return [...Map.groupBy(leases, ({ group, address }) => `${group} ${address}`).values()].map((same) => {
    const [first, ...more] = same.toSorted((a, b) => endOf(b) - endOf(a)) as [Lease, ...Lease[]];
    const { group, address, until } = first;
    return { group, address, until, leases: [first, ...more], firewalls: first.firewalls };
  });
}

/** Text finds names and addresses; a line of a firewall's log finds the addresses in it. */
export function matching(
  rows: readonly OpenAddress[],
  filter: string,
  inLine: readonly string[],
): readonly OpenAddress[] {
  const wanted = filter.trim().toLowerCase();
  if (wanted === '') return rows;
  if (inLine.length > 0) return rows.filter(({ address }) => inLine.includes(address));
  return rows.filter(
    ({ address, leases }) =>
      address.includes(wanted) || leases.some(({ name }) => name.toLowerCase().includes(wanted)),
  );
}

/** Addresses in what was pasted; a lone piece of one is a filter and no line. */
export function addressesIn(text: string): readonly string[] {
  const words = text.split(/[^0-9a-fA-F.:]+/);
  const found = words.flatMap((word) => {
    const v4 = /^(?:\d{1,3}\.){3}\d{1,3}/.exec(word);
    if (v4?.[0].split('.').every((octet) => Number(octet) < 256)) return v4[0];
    const isV6 = /^(?=.*::|(?:[^:]*:){7})[0-9a-fA-F:]{3,39}$/.test(word) && word.includes(':');
    return isV6 ? word.toLowerCase() : [];
  });
  return [...new Set(found)].slice(0, MOST_IN_LINE);
}

/** For a spreadsheet. */
export function asCsv(rows: readonly OpenAddress[]): string {
  return csvText(
    ['address', 'group', 'names', 'until', 'firewalls'],
    rows.map(({ address, group, leases, until = '', firewalls }) => [
      address,
      group,
      leases.map(({ name }) => name).join(' '),
      until,
      firewalls.map(({ name, state }) => `${name}: ${state}`).join(' '),
    ]),
  );
}

function endOf({ until }: Lease): number {
  return until === undefined ? Number.POSITIVE_INFINITY : Date.parse(until);
}

/** A line of a log has two; a few lines are fine. */
const MOST_IN_LINE = 12;
