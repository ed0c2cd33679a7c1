/** How a host of the stage asks and connects: one attempt each, and silence is an answer of its own. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { decode, encode, type RecordType } from 'dns-packet';

export interface Question {
  readonly server: string;
  readonly name: string;
  readonly type: RecordType;
  readonly timeoutMs: number;
}

export interface Told {
  readonly rcode: string;
  readonly addresses: readonly string[];
  /** The least of the addresses; 0 when there are none. */
  readonly ttlS: number;
  readonly tookMs: number;
}

/** One question over UDP, with the time it took seen from here. */
export async function askName({ server, name, type, timeoutMs }: Question): Promise<Told | 'silent'> {
  const socket = createSocket(server.includes(':') ? 'udp6' : 'udp4');
  try {
    const began = performance.now();
    socket.send(encode({ type: 'query', id: 1, flags: 1 << 8, questions: [{ name, type }] }), 53, server);
    const signal = AbortSignal.timeout(timeoutMs);
    const [reply] = (await once(socket, 'message', { signal })) as [Buffer];
    const tookMs = performance.now() - began;
    const { answers = [], flags = 0 } = decode(reply);
    const found = answers.flatMap((answer) =>
      answer.type === 'A' || answer.type === 'AAAA' ? [{ address: answer.data, ttl: answer.ttl ?? 0 }] : [],
    );
    return {
      rcode: RCODES[flags & 0x0f] ?? String(flags & 0x0f),
      addresses: found.map(({ address }) => address),
      ttlS: found.reduce((least, { ttl }) => Math.min(least, ttl), found[0]?.ttl ?? 0),
      tookMs,
    };
  } catch (error) {
    if ((error as Error).name === 'AbortError') return 'silent';
    throw error;
  } finally {
    socket.close();
  }
}

export interface Destination {
  readonly address: string;
  readonly port: number;
  /** Milliseconds after which an unanswered SYN counts as dropped. */
  readonly timeoutMs: number;
}

export type Reach = 'connected' | 'dropped';

/** An HTTPS request to an address; connected only when the server there says that it is that address. */
export async function connectTo(destination: Destination): Promise<Reach> {
  const { address } = destination;
  const socket = await dial(destination);
  if (socket === undefined) return 'dropped';
  const said = await request(socket, PATIENCE_MS);
  socket.destroy();
  if (said !== address) throw new Error(`asked ${address}, and ${said ?? 'nobody'} answered`);
  return 'connected';
}

/** undefined when no SYN-ACK came in time. Anything but silence (a reset, no route) is not a drop, and throws. */
export async function dial({ address, port, timeoutMs }: Destination): Promise<TLSSocket | undefined> {
  const tcp = connectTcp({ host: address, port });
  try {
    await once(tcp, 'connect', { signal: AbortSignal.timeout(timeoutMs) });
  } catch (error) {
    if ((error as Error).name !== 'AbortError') throw error;
    // Where this process was held up itself, the time is over before it has looked whether the answer is there.
    await nextTurn();
    if (tcp.connecting) {
      tcp.destroy();
      return undefined;
    }
  }
  // The certificate was made for this run; who answers is checked by what it says.
  const socket = connectTls({ socket: tcp as Socket, rejectUnauthorized: false });
  await once(socket, 'secureConnect', { signal: AbortSignal.timeout(PATIENCE_MS) });
  return socket;
}

/** What the server answers to one request; undefined when nothing comes back in time. */
export async function request(socket: TLSSocket, timeoutMs: number): Promise<string | undefined> {
  const signal = AbortSignal.timeout(timeoutMs);
  socket.write('GET / HTTP/1.1\r\nHost: toy\r\n\r\n');
  let text = '';
  try {
    for (;;) {
      const [chunk] = (await once(socket, 'data', { signal })) as [Buffer];
      text += chunk.toString('latin1');
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? Number.NaN);
      const body = text.split('\r\n\r\n')[1];
      if (body !== undefined && body.length >= length) return body;
    }
  } catch (error) {
    if ((error as Error).name === 'AbortError') return undefined;
    throw error;
  }
}

/** What got through is answered, however busy the machine is. */
const PATIENCE_MS = 10_000;
const RCODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'];
