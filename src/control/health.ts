import type { DataMessage } from '../plane/protocol.ts';

/** What the data plane says of itself, about every second. */
export type Health = Extract<DataMessage, { kind: 'health' }>;

/** Before it has said anything. */
export const NO_HEALTH: Health = {
  kind: 'health',
  listeners: [],
  upstreams: [],
  counters: {
    queries: 0,
    cached: 0,
    denied: 0,
    failed: 0,
    toldUnconfirmed: 0,
    held: 0,
    toldOverBudget: 0,
    cutShort: 0,
    droppedLogLines: 0,
    droppedDenials: 0,
    droppedRecords: 0,
    limited: 0,
    crowded: 0,
    tcp: { open: 0, accepted: 0, refused: 0, closed: {} },
  },
  cache: {
    entries: 0,
    negative: 0,
    octets: 0,
    limitOctets: 0,
    hits: 0,
    misses: 0,
    stale: 0,
    prefetches: 0,
    evictions: 0,
  },
  onlyClient: undefined,
  warnings: [],
};
