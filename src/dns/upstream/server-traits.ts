import type { Clock } from '../../base/clock.ts';
import { RCODE } from '../wire/constants.ts';
import type { Response } from '../wire/response.ts';

/** What a server was seen to lack, believed for a while: it may be replaced or updated. */
export interface ServerTraits {
  /** False: it answered an OPT with an error, and the same question without one properly (RFC 6891 section 7). */
  knowsEdns(): boolean;
  lacksEdns(): void;
  /** False: it answers with the name in another case than it was asked. */
  keepsCase(): boolean;
  changesCase(): void;
}

export function serverTraits(clock: Clock): ServerTraits {
  let ednsAgainAt = Number.NEGATIVE_INFINITY;
  let caseAgainAt = Number.NEGATIVE_INFINITY;
  return {
    knowsEdns: () => clock.now() >= ednsAgainAt,
    lacksEdns() {
      ednsAgainAt = clock.now() + REMEMBERED_MS;
    },
    keepsCase: () => clock.now() >= caseAgainAt,
    changesCase() {
      caseAgainAt = clock.now() + REMEMBERED_MS;
    },
  };
}

/** A server that does not know OPT says FORMERR or NOTIMP and sends none back: it is asked again without. */
export async function withEdnsFallback(
  traits: ServerTraits,
  send: (edns: boolean) => Promise<Response>,
): Promise<Response> {
  if (!traits.knowsEdns()) return send(false);
  const response = await send(true);
  if (response.edns || !PLAIN_SERVER.has(response.rcode)) return response;
  const plain = await send(false);
  // One query it cannot read says nothing about the others.
  if (!PLAIN_SERVER.has(plain.rcode)) traits.lacksEdns();
  return plain;
}

const PLAIN_SERVER: ReadonlySet<number> = new Set([RCODE.FORMERR, RCODE.NOTIMP]);
/** Milliseconds; each time it is forgotten costs one question more. */
const REMEMBERED_MS = 15 * 60_000;
