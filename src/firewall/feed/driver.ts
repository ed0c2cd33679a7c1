/**
 * Any firewall that fetches lists by itself: what it is to hold stands in a text we serve. Changing it costs nothing and
 * reaches the firewall at its next fetch; an address counts as held when a complete fetch contained it.
 */
import type { Clock } from '../../base/clock.ts';
import { type IpAddress, type Prefix, prefixMatcher } from '../../base/ip-address.ts';
import type { Driver, Entry, Fetch, Finding, ServedList } from '../driver.ts';
import { describeFetch, nameOfAgent } from './puller.ts';

export function createFeedDriver({
  sources,
  clock,
}: {
  readonly sources: readonly Prefix[];
  readonly clock: Clock;
}): Driver & { readonly served: ServedList } {
  const isExpected = prefixMatcher(sources);
  let addresses: ReadonlySet<IpAddress> = new Set();
  let fetched: ReadonlySet<IpAddress> = new Set();
  let lastFetch: Fetch | undefined;
  const startedAt = clock.now();
  const isLate = () => clock.now() - (lastFetch?.at ?? startedAt) > LATE_MS;
  return {
    capabilities: {
      confirms: 'pull',
      enforces: true,
      expires: false,
      counters: false,
      typicalLatencyMs: 60_000,
    },
    async read(signal) {
      signal.throwIfAborted();
      return new Map(
        [...addresses].map((address): [IpAddress, Entry] => [address, { fetched: fetched.has(address) }]),
      );
    },
    async apply({ add, renew, remove }, signal) {
      signal.throwIfAborted();
      const gone = new Set(remove);
      const wanted = new Set([...addresses, ...[...add, ...renew].map(({ address }) => address)]);
      // One step: nobody is ever served half of a change.
      addresses = wanted.difference(gone);
    },
    async examine(signal) {
      signal.throwIfAborted();
      return [examineFetches(lastFetch, isLate(), clock.now()), UNSEEN_RULE];
    },
    async close() {},
    served: {
      get addresses() {
        return addresses;
      },
      get waiting() {
        return { opening: addresses.difference(fetched).size, closing: fetched.difference(addresses).size };
      },
      isExpected,
      noteFetch(taken, source, agent) {
        fetched = taken;
        lastFetch = { at: clock.now(), source, agent: nameOfAgent(agent) };
      },
      restoreFetch(taken, fetch) {
        const agoMs = clock.now() - fetch.at;
        // Of a fetch that is still to come the clock knows nothing.
        if (agoMs < 0 || agoMs > LATE_MS) return;
        fetched = taken;
        lastFetch = fetch;
      },
      get lastFetch() {
        return lastFetch;
      },
      isLate,
    },
  };
}

function examineFetches(last: Fetch | undefined, late: boolean, now: number): Finding {
  if (last === undefined) {
    return {
      check: 'reachable',
      result: 'failed',
      detail: 'Nobody has fetched the list since Sallyport was started',
      remedy:
        'Give the firewall the address that `sallyport firewalls --urls` shows, and look whether `sources` is where it fetches from.',
    };
  }
  const detail = describeFetch(last, now);
  if (!late) return { check: 'reachable', result: 'ok', detail };
  return {
    check: 'reachable',
    result: 'failed',
    detail,
    remedy: 'Let the firewall fetch it every minute: new addresses are not open before it does.',
  };
}

const UNSEEN_RULE: Finding = {
  check: 'rule-uses-alias',
  result: 'unknown',
  detail: 'Who fetches a list does not tell whether a rule uses it',
  remedy:
    'Look at the rules of the firewall: a pass rule from the protected host to the alias, and below it a block rule for the rest.',
};

/** Fifteen fetches of a firewall that fetches every minute. */
const LATE_MS = 15 * 60_000;
