/** A server that answers for us. */
import type { DomainName } from '../../base/domain-name.ts';
import type { Response } from '../wire/response.ts';

export interface Upstream {
  /** Its address as it would be configured: 'udp://192.0.2.1:53'. */
  readonly id: string;
  /** One answer, whatever its rcode. Rejects with UpstreamFailure, and soon once the signal is aborted. */
  exchange(question: UpstreamQuestion, signal: AbortSignal): Promise<Response>;
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
