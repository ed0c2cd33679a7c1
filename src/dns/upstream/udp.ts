import { createSocket } from 'node:dgram';
import { familyOf } from '../../base/ip-address.ts';
import type { Endpoint } from '../endpoint.ts';
import { parseResponse, type Response } from '../wire/response.ts';
import { outgoing, withEdnsFallback } from './exchange.ts';
import { exchangeOverTcp } from './tcp.ts';
import { timedOut, type Upstream, type UpstreamQuestion, unreachable } from './upstream.ts';

/**
 * Asks over UDP, from a port of its own each time, and over TCP what UDP cannot carry.
 *
 *   matching answer                          -> that
 *   TC, malformed, or the name in other case -> the same question over TCP
 *   anything else that arrives               -> ignored: a forger must not be able to end the wait
 */
export function udpUpstream(id: string, server: Endpoint): Upstream {
  return {
    id,
    exchange: (question, signal) =>
      withEdnsFallback(async (edns) => {
        const answer = await askOverUdp(id, server, question, edns, signal);
        return answer === 'ask-over-tcp' ? exchangeOverTcp(id, server, question, edns, signal) : answer;
      }),
    // A socket lives no longer than its exchange.
    close: () => undefined,
  };
}

function askOverUdp(
  id: string,
  server: Endpoint,
  question: UpstreamQuestion,
  edns: boolean,
  signal: AbortSignal,
): Promise<Response | 'ask-over-tcp'> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(timedOut(id));
      return;
    }
    const { octets, expected } = outgoing(question, { edns, randomCase: true });
    const socket = createSocket(familyOf(server.address) === 4 ? 'udp4' : 'udp6');
    let isOpen = true;
    const finish = (settle: () => void): void => {
      if (!isOpen) return;
      isOpen = false;
      signal.removeEventListener('abort', onAbort);
      socket.close();
      settle();
    };
    const onAbort = (): void => finish(() => reject(timedOut(id)));
    const onError = (cause: Error): void => finish(() => reject(unreachable(id, cause)));

    signal.addEventListener('abort', onAbort, { once: true });
    socket.on('error', onError);
    socket.on('message', (message) => {
      const parsed = parseResponse(message, expected);
      if (parsed.kind === 'response') {
        const { response } = parsed;
        finish(() => resolve(response.truncated ? 'ask-over-tcp' : response));
      } else if (parsed.kind === 'malformed' || parsed.onlyCase) {
        finish(() => resolve('ask-over-tcp'));
      }
    });
    // Connected: the kernel drops what comes from any other address or port (RFC 5452 section 9.1).
    socket.once('connect', () => {
      if (isOpen) socket.send(octets, (cause) => cause && onError(cause));
    });
    socket.connect(server.port, server.address);
  });
}
