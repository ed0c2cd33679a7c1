/** A server that answers for us. */
import type { DomainName } from '../../base/domain-name.ts';
import type { Response } from '../wire/response.ts';

export interface Upstream {
  /** Its address as it would be configured: 'udp://192.0.2.1:53'. */
  readonly id: string;
  /** True when the channel proves who answers: only then its AD bit means something (RFC 6840 section 5.8). */
  readonly authenticated: boolean;
  /** One answer, whatever its rcode. Rejects with UpstreamFailure, and soon once the signal is aborted. */
  exchange(question: UpstreamQuestion, signal: AbortSignal): Promise<Response>;
  /** Messages so far that answered nothing we had asked: forged, or from a server that is not in order. */
  mismatched(): number;
  close(): void;
}

export interface UpstreamQuestion {
  readonly name: DomainName;
  readonly type: number;
  readonly class: number;
  readonly dnssecOk: boolean;
  readonly checkingDisabled: boolean;
}

/** From the most to the least that is known about the name asked. */
export const UPSTREAM_FAILURES = ['servfail', 'refused', 'malformed', 'timeout', 'network'] as const;
export type UpstreamFailureKind = (typeof UPSTREAM_FAILURES)[number];

export class UpstreamFailure extends Error {
  override readonly name = 'UpstreamFailure';
  readonly kind: UpstreamFailureKind;

  constructor(kind: UpstreamFailureKind, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
  }
}

export function timedOut(id: string): UpstreamFailure {
  return new UpstreamFailure('timeout', `The upstream did not answer in time: ${id}`);
}

export function unreachable(id: string, cause: unknown): UpstreamFailure {
  return new UpstreamFailure('network', `The upstream cannot be reached: ${id}`, { cause });
}

export function unreadable(id: string, why: string): UpstreamFailure {
  return new UpstreamFailure('malformed', `The upstream's answer cannot be read: ${id} (${why})`);
}
