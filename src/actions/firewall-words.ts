/** What is said of a firewall in words; the API, the page and the command line repeat it. */
import type { FirewallReport } from './ports.ts';

/** Above this a person notices: the first connection to a new address may come too early. */
const NOTICEABLE_MS = 1000;

type Described = Pick<FirewallReport, 'name' | 'desired' | 'typicalLatencyMs' | 'status' | 'fetch'>;

/** The state of a firewall as one sentence, without the full stop. */
export function describeFirewall({ name, desired, typicalLatencyMs, status, fetch }: Described): string {
  const held = status.heldPlan === undefined ? [] : [`a large removal needs your OK: ${status.heldPlan.why}`];
  const state = `${name} ${describeState(desired, status, fetch !== undefined)}`;
  const manner = fetch === undefined ? slowness(typicalLatencyMs, status) : [fetch.words];
  return [state, ...manner, ...held].join('; ');
}

/** What a change means on a slow firewall; undefined where it is open before anybody notices. */
export function latencyNote({ typicalLatencyMs }: Pick<Described, 'typicalLatencyMs'>): string | undefined {
  if (typicalLatencyMs < NOTICEABLE_MS) return undefined;
  return `${opensIn(typicalLatencyMs)}: a first connection may have to be tried again`;
}

function describeState(
  desired: number,
  { state, entries, lastError }: Described['status'],
  fetches: boolean,
): string {
  switch (state) {
    case 'starting':
      return 'has not been read yet';
    case 'down':
      return `is down: ${lastError}; what it held stays confirmed, nothing new is`;
    case 'behind':
      if (fetches) return `is behind: ${lastError}`;
      return `is behind: ${lastError}; nothing new is confirmed until its table shows it`;
    case 'up':
      return entries === desired
        ? `holds what it should (${count(entries, 'address', 'addresses')})`
        : `holds ${entries} of ${count(desired, 'address', 'addresses')}`;
  }
}

function slowness(typicalLatencyMs: number, { writesToday }: Described['status']): readonly string[] {
  if (typicalLatencyMs < NOTICEABLE_MS) return [];
  return [opensIn(typicalLatencyMs), `${count(writesToday, 'write', 'writes')} today`];
}

function opensIn(ms: number): string {
  return `a new address opens in about ${Math.round(ms / 1000)} s`;
}

function count(n: number, one: string, many: string): string {
  return `${n} ${n === 1 ? one : many}`;
}
