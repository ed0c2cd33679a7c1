/** What keeps one client, one wildcard or one upstream from using up the house: made, and put into words. */
import type { Clock } from '../base/clock.ts';
import type { DomainName } from '../base/domain-name.ts';
import type { IpAddress } from '../base/ip-address.ts';
import type { Log } from '../base/log.ts';
import { type ClientLimits, type ClientRate, createClientLimits } from '../dns/limits/client-limits.ts';
import { createLoopGuard, type Loop, type LoopGuard } from '../dns/limits/loop-guard.ts';
import {
  type Budget,
  type BudgetReport,
  createNameBudgets,
  DEFAULT_BUDGET,
  type NameBudgets,
} from '../dns/limits/name-budgets.ts';
import { createPlaces, EXCHANGE_LIMITS, type Places, WAITING_LIMITS } from '../dns/limits/places.ts';
import { parseUpstream, urlOf } from '../dns/upstream/address.ts';
import { type AddressLimits, DEFAULT_ADDRESS_LIMITS } from '../ledger/caps.ts';
import type { UpstreamsConfig } from './upstreams.ts';

export interface LimitsConfig {
  readonly client: ClientRate;
  readonly wildcard: Budget;
  /** By pattern, as a rule has it: '*.example.org'. */
  readonly wildcards: ReadonlyMap<string, Budget>;
  readonly addresses: AddressLimits;
}

/**
 * Questions a second and at once. A busy household stays below 50 a second; a browser with a hundred tabs asks some
 * hundreds at once.
 */
const DEFAULT_RATE: ClientRate = { rate: 200, burst: 1000 };

export const DEFAULT_LIMITS: LimitsConfig = {
  client: DEFAULT_RATE,
  wildcard: DEFAULT_BUDGET,
  wildcards: new Map(),
  addresses: DEFAULT_ADDRESS_LIMITS,
};

export interface Limits {
  readonly clients: ClientLimits;
  /** Questions of clients that wait for an upstream or a firewall. */
  readonly waiting: Places;
  readonly exchanges: Places;
  readonly loops: LoopGuard;
  readonly budgets: NameBudgets;
  counters(): { readonly limited: number; readonly crowded: number };
  /** Whole sentences about what reached a limit lately. */
  warnings(): readonly string[];
}

export interface LimitsParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly config: LimitsConfig;
  readonly upstreams: Pick<UpstreamsConfig, 'upstreams' | 'forward'>;
  /** True for names that are open on a firewall. */
  readonly isKnown: (groupId: number, name: DomainName) => boolean;
}

export function createLimits({ clock, log, config, upstreams, isKnown }: LimitsParts): Limits {
  const clients = createClientLimits({
    limits: config.client,
    onLimited: (client) => log.warn({ client }, sayLimited(client, config.client.rate)),
  });
  const loops = createLoopGuard({
    clock,
    upstreams: addressesOf(upstreams),
    onLoop: (loop) => log.error({ client: loop.client }, sayLoop(loop)),
  });
  const budgets = createNameBudgets({
    clock,
    standard: config.wildcard,
    others: config.wildcards,
    isKnown,
    onSpent: (report) => log.warn({ rule: report.ruleId }, saySpent(report)),
  });
  const waiting = createPlaces(WAITING_LIMITS);
  const exchanges = createPlaces(EXCHANGE_LIMITS);
  return {
    clients,
    waiting,
    exchanges,
    loops,
    budgets,
    counters: () => ({ limited: clients.limited(), crowded: waiting.refused() + exchanges.refused() }),
    warnings: () => [
      ...loops.report().map(sayLoop),
      ...budgets.report().map(saySpent),
      ...clients
        .report(clock.now())
        .map(({ client, count }) => sayLimited(client, config.client.rate, count)),
    ],
  };
}

function sayLimited(client: IpAddress, rate: number, count?: number): string {
  const so = count === undefined ? 'the rest is refused' : `${count} were not answered`;
  return `${client} asks more than ${rate} questions a second; ${so}. If that is meant, raise limits.clientRate.`;
}

function sayLoop({ client, upstream }: Loop): string {
  const who = upstream === undefined ? 'An upstream' : `The upstream ${upstream}`;
  return `${who} forwards our own questions back to us (from ${client}), so names cannot resolve there: take Sallyport out of its forwarders, or name another upstream.`;
}

function saySpent({ ruleId, pattern, names, refused }: BudgetReport): string {
  return `Rule ${ruleId} (${pattern}) has spent its budget of ${names.toLocaleString('en')} new names an hour: ${refused.toLocaleString('en')} refused. This may be data leaking out through DNS; names asked before go on. Names you know can be allowed one by one, or the budget raised under limits.wildcards.`;
}

/** Of upstreams with an address in their URL; a looped question can come from no other that we could name. */
function addressesOf({ upstreams, forward }: LimitsParts['upstreams']): ReadonlyMap<IpAddress, string> {
  const all = [...upstreams, ...forward.flatMap((one) => one.upstreams)];
  return new Map(
    all.flatMap((spec): [IpAddress, string][] => {
      const { address } = parseUpstream(urlOf(spec));
      return address === undefined ? [] : [[address, urlOf(spec)]];
    }),
  );
}
