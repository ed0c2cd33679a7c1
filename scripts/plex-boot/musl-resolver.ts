/**
 * getaddrinfo as musl 1.2.2 does it, which is the resolver that Plex Media Server ships (src/network/res_msend.c,
 * lookup_name.c): A and AAAA together from one UDP socket, 512 octets, no EDNS, no TCP, and no patience for REFUSED.
 *
 *   A, AAAA ──▶ one socket ──▶ rcode 0 or 3: taken · 2: asked again at once, up to four times a round · else: ignored
 *           ──every 2.5 s, twice──▶ both again        either missing after 5 s: "try again"
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { encode } from 'dns-packet';
import { addressFromOctets } from '../../src/base/ip-address.ts';

export interface NameserverOptions {
  readonly address: string;
  readonly port: number;
  /** Local address to ask from; the system's choice unless told. */
  readonly from?: string;
  /** Milliseconds for the whole look-up; 5000 as in musl, shorter only in tests. */
  readonly timeoutMs?: number;
}

/** What getaddrinfo would have returned: addresses, EAI_NONAME, EAI_NODATA or EAI_AGAIN. */
export interface Lookup {
  readonly result: 'found' | 'no such name' | 'no address' | 'try again';
  readonly addresses: readonly string[];
  /** Packets sent: 2 when all went well. */
  readonly packets: number;
  readonly tookMs: number;
}

export async function muslLookup(name: string, server: NameserverOptions): Promise<Lookup> {
  const began = performance.now();
  const socket = createSocket(server.address.includes(':') ? 'udp6' : 'udp4');
  socket.bind(0, server.from);
  await once(socket, 'listening');
  try {
    const { replies, packets } = await exchange(socket, name, server);
    return { ...conclude(replies), packets, tookMs: performance.now() - began };
  } finally {
    socket.close();
  }
}

const ATTEMPTS = 2;
const TIMEOUT_MS = 5_000;
const SERVFAIL_RETRIES = 4;
/** The buffer musl reads an answer into; what is longer is cut, not asked again over TCP. */
const BUFFER_OCTETS = 512;
const [NOERROR, SERVFAIL, NXDOMAIN] = [0, 2, 3];

type Replies = readonly (Buffer | undefined)[];

function exchange(socket: Socket, name: string, server: NameserverOptions) {
  const first = Math.floor(Math.random() * 0x1_0000);
  const ids = [first, (first + 1) & 0xffff];
  const queries = (['A', 'AAAA'] as const).map((type, i) =>
    encode({ type: 'query', id: ids[i] ?? 0, flags: RECURSION_DESIRED, questions: [{ type, name }] }),
  );
  const replies: (Buffer | undefined)[] = [undefined, undefined];
  const timeoutMs = server.timeoutMs ?? TIMEOUT_MS;
  let packets = 0;
  let patience = SERVFAIL_RETRIES;
  const send = (query: Buffer) => {
    packets += 1;
    socket.send(query, server.port, server.address);
  };

  return new Promise<{ replies: Replies; packets: number }>((resolve, reject) => {
    const round = () => {
      patience = SERVFAIL_RETRIES;
      queries.forEach((query, i) => {
        if (replies[i] === undefined) send(query);
      });
    };
    const rounds = Array.from({ length: ATTEMPTS - 1 }, (_, i) =>
      setTimeout(round, ((i + 1) * timeoutMs) / ATTEMPTS),
    );
    const end = () => {
      clearTimeout(deadline);
      rounds.forEach(clearTimeout);
      resolve({ replies, packets });
    };
    const deadline = setTimeout(end, timeoutMs);
    socket.on('error', (error) => {
      clearTimeout(deadline);
      rounds.forEach(clearTimeout);
      reject(error);
    });
    socket.on('message', (message, from) => {
      if (from.address !== server.address || from.port !== server.port || message.length < 4) return;
      const which = ids.indexOf(message.readUInt16BE(0));
      const query = queries[which];
      if (query === undefined || replies[which] !== undefined) return;
      const rcode = rcodeOf(message);
      if (rcode === SERVFAIL && patience > 0) {
        patience -= 1;
        send(query);
      }
      if (rcode !== NOERROR && rcode !== NXDOMAIN) return;
      replies[which] = message.subarray(0, BUFFER_OCTETS);
      if (replies.every((reply) => reply !== undefined)) end();
    });
    round();
  });
}

/** Either answer missing spoils both, and so does either NXDOMAIN; A is looked at first. */
function conclude(replies: Replies): Pick<Lookup, 'result' | 'addresses'> {
  const addresses: string[] = [];
  for (const reply of replies) {
    if (reply === undefined) return { result: 'try again', addresses: [] };
    if (rcodeOf(reply) === NXDOMAIN) return { result: 'no such name', addresses: [] };
    addresses.push(...readAddresses(reply));
  }
  return { result: addresses.length > 0 ? 'found' : 'no address', addresses };
}

/** Walks the answer section and stops at the end of the buffer, keeping what was whole (dns_parse.c). */
function readAddresses(reply: Buffer): readonly string[] {
  const addresses: string[] = [];
  let at = HEADER_OCTETS;
  const skipName = () => {
    while (at < reply.length) {
      const length = reply.readUInt8(at);
      at += length >= POINTER ? 2 : length + 1;
      if (length === 0 || length >= POINTER) return;
    }
  };
  skipName();
  at += 4; // qtype and qclass
  for (let left = reply.readUInt16BE(6); left > 0; left--) {
    skipName();
    if (at + RECORD_HEAD_OCTETS > reply.length) break;
    const type = reply.readUInt16BE(at);
    const length = reply.readUInt16BE(at + 8);
    at += RECORD_HEAD_OCTETS;
    if (at + length > reply.length) break;
    const data = reply.subarray(at, at + length);
    if ((type === TYPE_A && length === 4) || (type === TYPE_AAAA && length === 16)) {
      addresses.push(addressFromOctets(data));
    }
    at += length;
  }
  return addresses;
}

const HEADER_OCTETS = 12;
/** Type, class, TTL and RDLENGTH. */
const RECORD_HEAD_OCTETS = 10;
const POINTER = 0xc0;
const TYPE_A = 1;
const TYPE_AAAA = 28;
const RECURSION_DESIRED = 1 << 8;

function rcodeOf(message: Buffer): number {
  return message.readUInt8(3) & 0x0f;
}
