/** A pipeline where everything is allowed and told, so that nothing but the packet decides what becomes of it. */
import { isPrivateAddress, neverOpened } from '../../src/base/address-class.ts';
import type { Clock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { createLimits, DEFAULT_LIMITS } from '../../src/data/limits.ts';
import { createPipeline, type Pipeline } from '../../src/dns/pipeline.ts';
import type { ClientGroup, EventPort, GatePort, Outcome, PolicyPort } from '../../src/dns/query-context.ts';
import { createStages } from '../../src/dns/stages/all.ts';
import type { UpstreamPort } from '../../src/dns/stages/ask-upstream.ts';

export interface OpenPipeline {
  readonly pipeline: Pipeline;
  /** What became of each query, in their order. */
  readonly outcomes: Outcome[];
}

export function openPipeline(upstream: UpstreamPort): OpenPipeline {
  const outcomes: Outcome[] = [];
  const events: EventPort = {
    denied: () => undefined,
    unknownClient: () => undefined,
    sighted: () => undefined,
    unrelated: () => undefined,
    answered: (_context, _group, outcome) => void outcomes.push(outcome),
    repeated: ({ outcome }) => void outcomes.push(outcome),
  };
  const log = silentLog();
  const limits = createLimits({
    clock: STILL,
    log,
    // No time passes here, so a client would have used up its share with the first packets.
    config: { ...DEFAULT_LIMITS, client: { rate: 0, burst: 0 } },
    upstreams: { upstreams: [], forward: [] },
    isKnown: () => false,
  });
  const { stages } = createStages({
    clock: STILL,
    log,
    policy: ALL_ALLOWED,
    gate: ALL_OPEN,
    events,
    limits,
    records: new Map(),
    forwarded: [],
    upstreamFor: () => limits.loops.watch(upstream),
    isPrivate: isPrivateAddress,
    isNeverOpened: neverOpened([]),
  });
  const pipeline = createPipeline({ clock: STILL, log, policy: ALL_ALLOWED, events, limits, stages });
  return { pipeline, outcomes };
}

/** Time stands still: the same packets give the same answers, and no alarm ever goes off. */
const STILL: Clock = { now: () => 1_000_000_000, after: () => () => undefined, soon: () => () => undefined };

/** Gated, so that every stage has its work. */
const GROUP: ClientGroup = {
  id: 1,
  name: 'fuzz',
  refuse: 'nxdomain',
  ipv6: true,
  holdLimitMs: 4500,
  gated: true,
  plexDirect: { hashes: [], ownAddresses: [], shared: [] },
};

const ALL_ALLOWED: PolicyPort = {
  groupOf: () => GROUP,
  decide: () => ({ allowed: true, reason: 'learn', rule: undefined, enforced: false, endsAt: undefined }),
};

const ALL_OPEN: GatePort = {
  pass: ({ addresses, ttlS }) => ({ kind: 'tell', addresses, ttlS, confirmed: true }),
  tellableUntil: () => Number.POSITIVE_INFINITY,
};
