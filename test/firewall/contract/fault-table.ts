import type { Fault } from './fault.ts';

const KINDS = ['opnsense', 'pfsense', 'mikrotik', 'webhook', 'nftables', 'feed'] as const;

/** Each fault beside the kinds of firewall that were made to suffer it. */
export function faultTable(faults: readonly Fault[]): string {
  const suffered = Map.groupBy(faults, ({ fault }) => fault);
  const rows = [...suffered].map(([fault, all]) => {
    const cells = KINDS.map((kind) => cellOf(all.filter((one) => one.kind.split(' ')[0] === kind)));
    return `| ${fault} | ${cells.join(' | ')} |`;
  });
  return [`| | ${KINDS.join(' | ')} |`, `|---|${KINDS.map(() => '---|').join('')}`, ...rows].join('\n');
}

function cellOf(faults: readonly Fault[]): string {
  if (faults.length === 0) return '';
  return faults.some(({ says }) => says !== undefined) ? 'said' : 'borne';
}
