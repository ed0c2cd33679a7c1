import type { Clock } from '../../base/clock.ts';
import type { Endpoint } from '../endpoint.ts';
import { parseResponse, type Response } from '../wire/response.ts';
import { caseMixer, type Outgoing, outgoing } from './exchange.ts';
import { serverTraits, withEdnsFallback } from './server-traits.ts';
import { tcpStream } from './tcp.ts';
import { udpSockets } from './udp-sockets.ts';
import { timedOut, type Upstream, type UpstreamQuestion, unreachable } from './upstream.ts';

/**
 * Asks over UDP, and over TCP what UDP cannot carry.
 *
 *   matching answer           -> that
 *   TC, or malformed          -> the same question over TCP
 *   the name in another case  -> once more from another port; the same again, and this server is asked in lower case
 *   anything else that comes  -> ignored and counted: a forger must not be able to end the wait
 */
export function udpUpstream(id: string, server: Endpoint, clock: Clock): Upstream {
  const traits = serverTraits(clock);
  const mixer = caseMixer();
  let mismatched = 0;
  const onMismatch = (): void => {
    mismatched += 1;
  };
  const sockets = udpSockets({ server, clock, onStray: onMismatch });
  const stream = tcpStream({ id, addresses: () => Promise.resolve([server.address]), ...server, clock });

  const ask = (
    question: UpstreamQuestion,
    edns: boolean,
    mixCase: CaseMixer | undefined,
    signal: AbortSignal,
  ) =>
    new Promise<Response | 'ask-over-tcp' | 'other-case'>((resolve, reject) => {
      if (signal.aborted) {
        reject(timedOut(id));
        return;
      }
      let sent: Outgoing | undefined;
      const end = (): void => {
        signal.removeEventListener('abort', onAbort);
        way.release();
      };
      const onAbort = (): void => {
        end();
        reject(timedOut(id));
      };
      signal.addEventListener('abort', onAbort, { once: true });
      const way = sockets.send({
        write(messageId) {
          sent = outgoing(question, { id: messageId, edns, mixCase, encrypted: false });
          return sent.octets;
        },
        onMessage(message) {
          const parsed = sent === undefined ? undefined : parseResponse(message, sent.expected);
          if (parsed?.kind === 'response') {
            end();
            resolve(parsed.response.truncated ? 'ask-over-tcp' : parsed.response);
          } else if (parsed?.kind === 'malformed') {
            end();
            resolve('ask-over-tcp');
          } else {
            onMismatch();
            if (parsed?.onlyCase !== true) return;
            end();
            resolve('other-case');
          }
        },
        onError(cause) {
          signal.removeEventListener('abort', onAbort);
          reject(unreachable(id, cause));
        },
      });
    });

  /** A forger who guessed id and port may know a case that was not ours, but hardly twice in a row. */
  const askInAnyCase = async (question: UpstreamQuestion, edns: boolean, signal: AbortSignal) => {
    if (traits.keepsCase()) {
      for (let i = 0; i < CASE_PROOFS; i++) {
        const answer = await ask(question, edns, mixer, signal);
        if (answer !== 'other-case') return answer;
      }
      traits.changesCase();
    }
    return ask(question, edns, undefined, signal);
  };

  return {
    id,
    authenticated: false,
    exchange: (question, signal) =>
      withEdnsFallback(traits, async (edns) => {
        const answer = await askInAnyCase(question, edns, signal);
        if (answer !== 'ask-over-tcp' && answer !== 'other-case') return answer;
        return stream.ask(question, edns, signal);
      }),
    mismatched: () => mismatched + stream.mismatched(),
    close() {
      sockets.close();
      stream.close();
    },
  };
}

type CaseMixer = ReturnType<typeof caseMixer>;

/** Answers in another case that prove the server changes it. */
const CASE_PROOFS = 2;
