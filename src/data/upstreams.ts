import type { Clock } from '../base/clock.ts';
import { type DomainName, formatDomainName, isBelow } from '../base/domain-name.ts';
import { describeError } from '../base/errors.ts';
import { type Log, silentLog } from '../base/log.ts';
import type { UpstreamPort } from '../dns/stages/ask-upstream.ts';
import { parseUpstream, type UpstreamSpec, urlOf } from '../dns/upstream/address.ts';
import { createBootstrap } from '../dns/upstream/bootstrap.ts';
import { createResolver, type Resolver, type UpstreamStrategy } from '../dns/upstream/failover.ts';
import { openUpstream } from '../dns/upstream/open.ts';
import type { UpstreamReport } from '../plane/protocol.ts';

export interface UpstreamsConfig {
  readonly upstreams: readonly UpstreamSpec[];
  /** Split horizon: a domain with everything below it has upstreams of its own, and no other is told of its names. */
  readonly forward: readonly { readonly domain: DomainName; readonly upstreams: readonly UpstreamSpec[] }[];
  /** Plain resolvers that are asked for the addresses of upstreams by name, and nothing else. */
  readonly bootstrap?: readonly string[];
  readonly upstreamStrategy?: UpstreamStrategy;
}

export interface Upstreams {
  /** Those of the most specific domain, else the general ones; undefined where none is configured. */
  forName(name: DomainName): UpstreamPort | undefined;
  health(): readonly UpstreamReport[];
  /** Whole sentences about what a person should look at. */
  warnings(): readonly string[];
  close(): void;
}

/** For whoever reads that an upstream's address is an old one. */
const REFRESH_HINT = 'Look at the resolvers named by `bootstrap`: they have to answer for it.';

export function openUpstreams(config: UpstreamsConfig, clock: Clock, log: Log = silentLog()): Upstreams {
  const { upstreamStrategy: strategy = 'ordered', bootstrap: bootstrapServers = [] } = config;
  const finders = createResolver({
    upstreams: bootstrapServers.map((text) => openUpstream(parseUpstream(text), { clock })),
    clock,
  });
  const bootstrap = createBootstrap(finders, clock, (serverName, error) =>
    log.warn(
      { upstream: serverName, why: describeError(error), hint: REFRESH_HINT },
      'the address of an upstream cannot be refreshed; the last good one serves',
    ),
  );
  const make = (specs: readonly UpstreamSpec[]): Resolver | undefined =>
    specs.length === 0
      ? undefined
      : createResolver({
          upstreams: specs.map((spec) => {
            const ca = typeof spec === 'string' ? undefined : spec.ca;
            return openUpstream(parseUpstream(urlOf(spec)), { clock, bootstrap, ca });
          }),
          clock,
          strategy,
        });

  const standard = make(config.upstreams);
  // The longest domain first, so that the most specific forward wins.
  const forwards = config.forward
    .map(({ domain, upstreams }) => ({ domain, resolver: make(upstreams) }))
    .toSorted((a, b) => b.domain.length - a.domain.length);

  return {
    forName: (name) =>
      (forwards.find(({ domain }) => name === domain || isBelow(name, domain)) ?? { resolver: standard })
        .resolver,
    health: () => [
      ...(standard?.health() ?? []),
      ...forwards.flatMap(({ domain, resolver }) =>
        (resolver?.health() ?? []).map((health) => ({ ...health, domain: `.${formatDomainName(domain)}` })),
      ),
    ],
    warnings: () =>
      bootstrap
        .problems()
        .map(
          ({ serverName, why }) =>
            `The address of upstream ${serverName} cannot be refreshed (${why}); the last good one serves. ${REFRESH_HINT}`,
        ),
    close() {
      for (const resolver of [finders, standard, ...forwards.map((forward) => forward.resolver)])
        resolver?.close();
    },
  };
}
