import { connect } from 'node:net';
import type { Endpoint } from '../endpoint.ts';
import { createFrameReader, frameMessage } from '../wire/frame.ts';
import { type Expected, parseResponse, type Response } from '../wire/response.ts';
import { outgoing, withEdnsFallback } from './exchange.ts';
import { timedOut, type Upstream, UpstreamFailure, type UpstreamQuestion, unreachable } from './upstream.ts';

/** Asks over TCP, one connection for each question. */
export function tcpUpstream(id: string, server: Endpoint): Upstream {
  return {
    id,
    exchange: (question, signal) =>
      withEdnsFallback((edns) => exchangeOverTcp(id, server, question, edns, signal)),
    // A connection lives no longer than its exchange.
    close: () => undefined,
  };
}

/** The name goes in lower case: the connection proves who answers, and servers that change the case are served as well. */
export function exchangeOverTcp(
  id: string,
  server: Endpoint,
  question: UpstreamQuestion,
  edns: boolean,
  signal: AbortSignal,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(timedOut(id));
      return;
    }
    const { octets, expected } = outgoing(question, { edns, randomCase: false });
    const socket = connect({ host: server.address, port: server.port, noDelay: true });
    const frames = createFrameReader();
    const finish = (settle: () => void): void => {
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      settle();
    };
    const onAbort = (): void => finish(() => reject(timedOut(id)));

    signal.addEventListener('abort', onAbort, { once: true });
    socket.on('error', (cause) => finish(() => reject(unreachable(id, cause))));
    socket.on('close', () => finish(() => reject(unreachable(id, new Error('closed without an answer')))));
    socket.on('data', (chunk) => {
      if (typeof chunk === 'string') return; // only ever with setEncoding
      for (const message of frames.push(chunk)) {
        const answer = readAnswer(id, message, expected);
        if (answer === undefined) continue;
        finish(() => (answer instanceof UpstreamFailure ? reject(answer) : resolve(answer)));
        return;
      }
    });
    socket.write(frameMessage(octets));
  });
}

/** Undefined for a message that answers something else. */
function readAnswer(id: string, message: Buffer, expected: Expected): Response | UpstreamFailure | undefined {
  const parsed = parseResponse(message, expected);
  if (parsed.kind === 'mismatch') return undefined;
  const malformed = (why: string): UpstreamFailure =>
    new UpstreamFailure('malformed', `The upstream's answer cannot be read: ${id} (${why})`);
  if (parsed.kind === 'malformed') return malformed(parsed.why);
  return parsed.response.truncated ? malformed('truncated over TCP') : parsed.response;
}
