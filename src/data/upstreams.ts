import type { Clock } from '../base/clock.ts';
import { type DomainName, isBelow } from '../base/domain-name.ts';
import type { UpstreamPort } from '../dns/stages/ask-upstream.ts';
import { createResolver } from '../dns/upstream/failover.ts';
import { openUpstream, parseUpstream } from '../dns/upstream/open.ts';
import type { UpstreamReport } from '../plane/protocol.ts';

export interface UpstreamsConfig {
  readonly upstreams: readonly string[];
  /** Split horizon: names with upstreams of their own. */
  readonly forward: readonly { readonly domain: DomainName; readonly upstreams: readonly string[] }[];
}

export interface Upstreams {
  /** Those of the most specific domain, else the general ones; undefined where none is configured. */
  forName(name: DomainName): UpstreamPort | undefined;
  health(): readonly UpstreamReport[];
  close(): void;
}

export function openUpstreams(config: UpstreamsConfig, clock: Clock): Upstreams {
  const make = (texts: readonly string[]) =>
    texts.length === 0
      ? undefined
      : createResolver({ upstreams: texts.map((text) => openUpstream(parseUpstream(text))), clock });
  const standard = make(config.upstreams);
  // The longest domain first, so that the most specific forward wins.
  const forwards = config.forward
    .map(({ domain, upstreams }) => ({ domain, resolver: make(upstreams) }))
    .toSorted((a, b) => b.domain.length - a.domain.length);
  const all = [standard, ...forwards.map(({ resolver }) => resolver)].filter(
    (resolver) => resolver !== undefined,
  );
  return {
    forName: (name: DomainName) =>
      forwards.find(({ domain }) => name === domain || isBelow(name, domain))?.resolver ?? standard,
    health: () => all.flatMap((resolver) => resolver.health()),
    close() {
      for (const resolver of all) resolver.close();
    },
  };
}
