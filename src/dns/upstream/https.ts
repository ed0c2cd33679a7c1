import { constants } from 'node:http2';
import type { Expected, ResourceRecord, Response } from '../wire/response.ts';
import { type HttpsAddress, hostOf } from './address.ts';
import { dialTls } from './dial.ts';
import { outgoing, readAnswer } from './exchange.ts';
import { createHttp2Client } from './http2-client.ts';
import type { Http2Answer } from './http2-session.ts';
import { serverTraits, withEdnsFallback } from './server-traits.ts';
import type { EncryptedParts } from './tls.ts';
import { timedOut, type Upstream, UpstreamFailure, unreachable, unreadable } from './upstream.ts';

/** DNS over HTTPS (RFC 8484): POST over HTTP/2, to a server that has proved its name. */
export function httpsUpstream(id: string, address: HttpsAddress, parts: EncryptedParts): Upstream {
  const { port, serverName, path } = address;
  const traits = serverTraits(parts.clock);
  const authority = authorityOf(address);
  const client = createHttp2Client({
    authority,
    dial: dialTls({ ...parts, port, serverName, protocols: ['h2'] }),
    clock: parts.clock,
  });
  let mismatched = 0;

  const read = ({ status, headers, body }: Http2Answer, expected: Expected): Response => {
    if (status !== 200) throw unreachable(id, new Error(`it answered HTTP ${status}`));
    const type = String(headers[constants.HTTP2_HEADER_CONTENT_TYPE] ?? 'none');
    if (type.split(';', 1)[0]?.trim().toLowerCase() !== MEDIA_TYPE)
      throw unreadable(id, `content type ${type}`);
    const answer = readAnswer(id, body, expected);
    if (answer === undefined) {
      mismatched += 1;
      throw unreadable(id, 'an answer to another question');
    }
    if (answer instanceof UpstreamFailure) throw answer;
    return aged(answer, headers[constants.HTTP2_HEADER_AGE]);
  };

  return {
    id,
    authenticated: true,
    exchange: (question, signal) =>
      withEdnsFallback(traits, async (edns) => {
        // Id 0, so that equal questions are equal requests (section 4.1).
        const { octets, expected } = outgoing(question, { id: 0, edns, encrypted: true });
        const request = { path, mediaType: MEDIA_TYPE, body: octets };
        let answer: Http2Answer;
        try {
          answer = await client.post(request, signal);
        } catch (cause) {
          throw signal.aborted ? timedOut(id) : unreachable(id, cause);
        }
        return read(answer, expected);
      }),
    mismatched: () => mismatched,
    close: () => client.close(),
  };
}

/** What a cache on the way kept is as much older (RFC 8484 section 5.1). */
function aged(response: Response, age: string | string[] | undefined): Response {
  const seconds = typeof age === 'string' && /^\d{1,10}$/.test(age) ? Number(age) : 0;
  if (seconds === 0) return response;
  const older = (record: ResourceRecord) => ({ ...record, ttl: Math.max(0, record.ttl - seconds) });
  return { ...response, answers: response.answers.map(older), authority: response.authority.map(older) };
}

function authorityOf(address: HttpsAddress): string {
  const host = address.serverName ?? hostOf(address);
  return address.port === HTTPS_PORT ? host : `${host}:${address.port}`;
}

const MEDIA_TYPE = 'application/dns-message';
const HTTPS_PORT = 443;
