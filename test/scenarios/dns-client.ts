import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { decode, encode, type Packet, type RecordType, streamDecode, streamEncode } from 'dns-packet';

export interface Told {
  readonly rcode: string;
  readonly addresses: readonly string[];
  /** The least of the answers; undefined where there is none. */
  readonly ttl: number | undefined;
  readonly tookMs: number;
}

export interface AskOptions {
  readonly server: string;
  readonly port: number;
  /** The client's own address: which group asks. */
  readonly from: string;
  readonly name: string;
  readonly type?: RecordType;
  readonly over?: 'udp' | 'tcp';
  /** musl gives up after five seconds. */
  readonly timeoutMs?: number;
}

/** One question, asked once. Throws when no answer comes in time. */
export async function ask(options: AskOptions): Promise<Told> {
  const { name, type = 'A', over = 'udp', timeoutMs = 5_000 } = options;
  const query: Packet = {
    type: 'query',
    id: Math.floor(Math.random() * 0x1_0000),
    flags: RECURSION_DESIRED,
    questions: [{ name, type }],
  };
  const signal = AbortSignal.timeout(timeoutMs);
  const began = performance.now();
  const reply = await (over === 'udp' ? askUdp : askTcp)(options, query, signal);
  if (reply.id !== query.id) throw new Error(`the answer for ${name} has another id`);
  const { answers = [], flags = 0 } = reply;
  const ttls = answers.flatMap((answer) => ('ttl' in answer && answer.ttl !== undefined ? [answer.ttl] : []));
  return {
    rcode: RCODES[flags & 0x0f] ?? String(flags & 0x0f),
    addresses: answers.flatMap((a) => (a.type === 'A' || a.type === 'AAAA' ? [a.data] : [])),
    ttl: ttls.length === 0 ? undefined : Math.min(...ttls),
    tookMs: performance.now() - began,
  };
}

/** Sends octets as they are; what comes back, or silence. */
export async function sendRaw(
  octets: Buffer,
  { server, port, from, timeoutMs = 500 }: Omit<AskOptions, 'name'>,
): Promise<Buffer | 'silence'> {
  const socket = createSocket('udp4');
  try {
    socket.bind(0, from);
    await once(socket, 'listening');
    const answer = once(socket, 'message', { signal: AbortSignal.timeout(timeoutMs) });
    socket.send(octets, port, server);
    return (await answer)[0] as Buffer;
  } catch (error) {
    if ((error as Error).name === 'AbortError') return 'silence';
    throw error;
  } finally {
    socket.close();
  }
}

const RECURSION_DESIRED = 1 << 8;
const RCODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'];

async function askUdp({ server, port, from }: AskOptions, query: Packet, signal: AbortSignal) {
  const socket = createSocket('udp4');
  try {
    socket.bind(0, from);
    await once(socket, 'listening');
    const answer = once(socket, 'message', { signal });
    socket.send(encode(query), port, server);
    return decode((await answer)[0] as Buffer);
  } finally {
    socket.close();
  }
}

async function askTcp({ server, port, from }: AskOptions, query: Packet, signal: AbortSignal) {
  const socket = connect({ host: server, port, localAddress: from });
  try {
    await once(socket, 'connect', { signal });
    socket.write(streamEncode(query));
    let octets = Buffer.alloc(0);
    while (octets.length < 2 || octets.length < 2 + octets.readUInt16BE(0)) {
      octets = Buffer.concat([octets, (await once(socket, 'data', { signal }))[0] as Buffer]);
    }
    return streamDecode(octets);
  } finally {
    socket.destroy();
  }
}
