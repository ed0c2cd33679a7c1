import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, isIPv6 } from 'node:net';
import type { ListenerLook } from '../actions/ports.ts';

export interface AskedListener {
  readonly protocol: 'udp' | 'tcp';
  readonly address: string;
  readonly port: number;
}

/** Asks one of our own listeners over a socket of its own, as any client would; only what comes back counts. */
export async function askListener(listener: AskedListener): Promise<ListenerLook> {
  const id = randomInt(0x1_0000);
  const startedAt = performance.now();
  try {
    const ask = listener.protocol === 'udp' ? askByUdp : askByTcp;
    const reply = await ask(listener, questionWith(id), AbortSignal.timeout(WAIT_MS));
    const tookMs = performance.now() - startedAt;
    if (reply.length < HEADER_OCTETS || reply.readUInt16BE(0) !== id) {
      return { answered: false, problem: 'something else answered than was asked' };
    }
    const rcode = reply.readUInt8(3) & 0x0f;
    return REFUSALS.has(rcode)
      ? { answered: true, tookMs }
      : { answered: false, problem: `a name that cannot exist was answered with rcode ${rcode}` };
  } catch (error) {
    return { answered: false, problem: inWords(error) };
  }
}

async function askByUdp(
  { address, port }: AskedListener,
  question: Buffer,
  signal: AbortSignal,
): Promise<Buffer> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  try {
    // Connected, it hears nobody else, and hears when nobody is there.
    socket.connect(port, address);
    await once(socket, 'connect', { signal });
    socket.send(question);
    const [reply] = (await once(socket, 'message', { signal })) as [Buffer];
    return reply;
  } finally {
    socket.close();
  }
}

async function askByTcp(
  { address, port }: AskedListener,
  question: Buffer,
  signal: AbortSignal,
): Promise<Buffer> {
  const socket = connect({ host: address, port, signal });
  try {
    await once(socket, 'connect', { signal });
    const length = Buffer.alloc(2);
    length.writeUInt16BE(question.length);
    socket.write(Buffer.concat([length, question]));
    let read = Buffer.alloc(0);
    for await (const part of socket as AsyncIterable<Buffer>) {
      read = Buffer.concat([read, part]);
      const isWhole = read.length >= 2 && read.length >= 2 + read.readUInt16BE(0);
      if (isWhole || read.length > MAX_OCTETS) break;
    }
    return read.subarray(2);
  } finally {
    socket.destroy();
  }
}

/** healthcheck.invalid, A, IN, with RD: .invalid never exists (RFC 6761 section 6.4), so no upstream is asked for it. */
function questionWith(id: number): Buffer {
  const question = Buffer.from(QUESTION);
  question.writeUInt16BE(id);
  return question;
}

function inWords(error: unknown): string {
  const { name, code } = error as { readonly name?: string; readonly code?: string };
  if (name === 'AbortError' || name === 'TimeoutError') return `no answer within ${WAIT_MS / 1000} s`;
  if (code !== undefined) return `it cannot be asked (${code})`;
  throw error;
}

const QUESTION = Buffer.from(
  '\0\0\x01\0\0\x01\0\0\0\0\0\0\x0bhealthcheck\x07invalid\0\0\x01\0\x01',
  'latin1',
);
const HEADER_OCTETS = 12;
/** NXDOMAIN, and REFUSED for a client that belongs to no group. */
const REFUSALS: ReadonlySet<number> = new Set([3, 5]);
/** Milliseconds; on the same machine it takes one. */
const WAIT_MS = 2_000;
/** More than a refusal can have. */
const MAX_OCTETS = 4_096;
