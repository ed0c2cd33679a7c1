/** What a monitoring system reads: numbers that exist already, in the text format of Prometheus. */
import { Counter, Gauge, Registry } from 'prom-client';
import type { Enforcement } from '../actions/enforcement.ts';
import type { FeedReport, FirewallReport, OpenCounts } from '../actions/ports.ts';
import type { PromiseReport } from '../actions/promises.ts';
import type { RunningStatus } from './ports.ts';

export interface MetricsInput {
  readonly running: RunningStatus;
  readonly groups: readonly { readonly name: string; readonly enforcement: Enforcement }[];
  readonly firewalls: readonly FirewallReport[];
  readonly feeds: readonly FeedReport[];
  readonly open: Pick<OpenCounts, 'causes'>;
  readonly waitingDenials: number;
  readonly newHosts: number;
  readonly promises: readonly PromiseReport[];
}

export const METRICS_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

/**
 * A registry of its own for each reading: the numbers are kept elsewhere, and nothing is counted twice.
 * Labels are what the owner configured, and never a client or a name: the network could make any number of those up.
 */
export function renderMetrics(input: MetricsInput): Promise<string> {
  const registry = new Registry();
  const count = (name: string, help: string, value: number) => {
    new Counter({ name: `sallyport_${name}_total`, help, registers: [registry] }).inc(value);
  };
  const counts = (name: string, help: string, label: string, values: Readonly<Record<string, number>>) => {
    const counter = new Counter({
      name: `sallyport_${name}_total`,
      help,
      labelNames: [label],
      registers: [registry],
    });
    for (const [key, value] of Object.entries(values)) counter.inc({ [label]: key }, value);
  };
  const gauge = (name: string, help: string, value: number) => {
    new Gauge({ name: `sallyport_${name}`, help, registers: [registry] }).set(value);
  };
  const gauges = <Item>(
    name: string,
    help: string,
    items: readonly Item[],
    read: (item: Item) => readonly [labels: Readonly<Record<string, string>>, value: number],
  ) => {
    const [first] = items;
    if (first === undefined) return;
    const labelNames = Object.keys(read(first)[0]);
    const made = new Gauge({ name: `sallyport_${name}`, help, labelNames, registers: [registry] });
    for (const item of items) made.set(...read(item));
  };

  const { counters, planes, startedAt, version } = input.running;
  gauges('info', 'The version that runs', [version], (text) => [{ version: text }, 1]);
  gauge('start_time_seconds', 'When it was started', startedAt / 1000);

  counts('questions', 'Questions of clients, by verdict', 'verdict', {
    allowed: counters.queries - counters.denied - counters.failed,
    denied: counters.denied,
    failed: counters.failed,
  });
  count('answers_cached', 'Questions answered from memory', counters.cached);
  count('answers_held', 'Answers that waited for the firewall', counters.held);
  count(
    'answers_unconfirmed',
    'Answers told before the firewall was read to hold them',
    counters.toldUnconfirmed,
  );
  count(
    'answers_over_budget',
    'Unconfirmed answers told at once because the write budget was spent',
    counters.toldOverBudget,
  );
  count('leases_evicted', 'Addresses closed to make room under a cap', counters.evicted);
  count('addresses_left_out', 'Addresses not opened because of a cap or a full disk', counters.leftOut);
  count('log_lines_dropped', 'Lines of the query log that were lost', counters.droppedLogLines);
  count('denials_dropped', 'Refused names that were not written down', counters.droppedDenials);
  count('records_dropped', 'Records of upstreams that answered nothing asked', counters.droppedRecords);
  count('questions_limited', 'Questions of clients that ask too much', counters.limited);
  count('questions_crowded', 'Questions that found too many others waiting', counters.crowded);
  counts(
    'plane_restarts',
    'Threads restarted after a crash',
    'plane',
    Object.fromEntries(planes.map(({ name, restarts }) => [name, restarts])),
  );

  const { causes } = input.open;
  gauges('open_addresses', 'Addresses that are open, by group and cause', causes, (open) => [
    { group: open.group, cause: open.cause },
    open.count,
  ]);
  gauges('group_enforced', '1 when names are filtered and addresses enforced', input.groups, (group) => [
    { group: group.name },
    group.enforcement.state === 'enforced' ? 1 : 0,
  ]);
  gauge('denials_waiting', 'Refused names that wait for a person', input.waitingDenials);
  gauge('new_hosts', 'Clients of no group', input.newHosts);

  const firewalls = (name: string, help: string, value: (firewall: FirewallReport) => number) =>
    gauges(`firewall_${name}`, help, input.firewalls, (one) => [{ firewall: one.name }, value(one)]);
  firewalls('up', '1 when its table shows what it should', ({ status }) => (status.state === 'up' ? 1 : 0));
  firewalls('desired', 'Addresses it ought to hold', ({ desired }) => desired);
  firewalls('entries', 'Addresses it was last read to hold', ({ status }) => status.entries);
  firewalls(
    'unexplained',
    'Addresses it holds without a cause, or long past their end',
    ({ unexplained }) => unexplained,
  );
  firewalls(
    'held_removals',
    'Removals that wait for a person',
    ({ status }) => status.heldPlan?.removals.length ?? 0,
  );
  firewalls('writes_today', 'Writes of the last 24 hours to the box', ({ status }) => status.writesToday);
  firewalls(
    'last_success_seconds',
    'When it was last read',
    ({ status }) => (status.lastSuccessAt ?? 0) / 1000,
  );

  gauges('feed_entries', 'Addresses a feed has open', input.feeds, (feed) => [
    { feed: feed.name },
    feed.entries,
  ]);
  gauges('feed_failing', '1 while the last list is not the newest', input.feeds, (feed) => [
    { feed: feed.name },
    feed.problem === undefined ? 0 : 1,
  ]);
  gauges('promise_holds', '1 while a promise holds (docs/promises.md)', input.promises, ({ id, holds }) => [
    { promise: id },
    holds ? 1 : 0,
  ]);
  return registry.metrics();
}
