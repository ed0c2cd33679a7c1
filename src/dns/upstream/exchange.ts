/** What every way of asking an upstream has in common. */
import { randomBytes, randomInt } from 'node:crypto';
import { RCODE } from '../wire/constants.ts';
import { nameOctets } from '../wire/name.ts';
import type { Expected, Response } from '../wire/response.ts';
import { writeQuery } from '../wire/write.ts';
import type { UpstreamQuestion } from './upstream.ts';

/** A message, and what its answer has to match. */
export interface Outgoing {
  readonly octets: Buffer;
  readonly expected: Expected;
}

/** Written from scratch, never the client's octets; the id cannot be foreseen (RFC 5452 section 9.2). */
export function outgoing(
  question: UpstreamQuestion,
  options: { readonly edns: boolean; readonly randomCase: boolean },
): Outgoing {
  const { type, class: questionClass, dnssecOk, checkingDisabled } = question;
  const qnameOctets = nameOctets(question.name);
  if (options.randomCase) mixCase(qnameOctets);
  const expected = { id: randomInt(0x10000), qnameOctets, type, class: questionClass };
  const { edns } = options;
  return {
    expected,
    octets: writeQuery({ ...expected, recursionDesired: true, checkingDisabled, dnssecOk, edns }),
  };
}

/** A server that does not know OPT says FORMERR or NOTIMP and sends none back: it is asked again without (RFC 6891 section 7). */
export async function withEdnsFallback(send: (edns: boolean) => Promise<Response>): Promise<Response> {
  const response = await send(true);
  const isPlainServer =
    !response.edns && (response.rcode === RCODE.FORMERR || response.rcode === RCODE.NOTIMP);
  return isPlainServer ? send(false) : response;
}

/** Each letter in either case: bits a forger has to guess beside id and port (draft-vixie-dnsext-dns0x20). */
function mixCase(qname: Buffer): void {
  const coins = randomBytes(qname.length);
  for (const [i, octet] of qname.entries()) {
    const isLetter = octet >= 0x61 && octet <= 0x7a;
    if (isLetter && ((coins[i] ?? 0) & 1) === 1) qname[i] = octet - 0x20;
  }
}
