import {
  AUTHORITATIVE_ANSWER,
  decode,
  encode,
  type Packet,
  type Question,
  TRUNCATED_RESPONSE,
} from 'dns-packet';
import { createZoneBook, type Reply, type Zone } from './zone.ts';

export type Transport = 'udp' | 'tcp';

export interface NameServer {
  /** Counts the packet, and calls back with what to send, once, at once or after the name's delay; never for silence. */
  answer(packet: Uint8Array, transport: Transport, send: (reply: Buffer) => void): void;
  counts(): Readonly<Record<string, number>>;
  silence(on: boolean): void;
  patchZone(entries: Zone): void;
}

/** Queries to packets and back. dns-packet is enough here: what asks is our own, and a fooled toy harms nobody. */
export function createNameServer(zone: Zone): NameServer {
  const book = createZoneBook(zone);
  const counts = new Map<string, number>();
  let silent = false;
  const count = (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);

  return {
    patchZone: book.patch,
    counts: () => Object.fromEntries(counts),
    silence(on) {
      silent = on;
    },
    answer(packet, transport, send) {
      const query = readQuery(packet);
      count(query?.question.name.toLowerCase() ?? '');
      if (query === undefined || silent) return;
      const reply = book.answer(query.question.name, query.question.type);
      if (reply === undefined) return;
      const octets = writeReply(query, reply, transport);
      if (reply.delayMs === 0) send(octets);
      else setTimeout(send, reply.delayMs, octets).unref();
    },
  };
}

interface Query {
  readonly id: number;
  readonly question: Question;
  readonly recursionDesired: boolean;
  /** Octets the asker takes over UDP; undefined when it sent no OPT. */
  readonly udpSize: number | undefined;
}

function readQuery(octets: Uint8Array): Query | undefined {
  let packet: Packet;
  try {
    packet = decode(Buffer.from(octets));
  } catch {
    return undefined; // Counted by the caller as unreadable; a server that answered garbage would hide a broken client.
  }
  const question = packet.questions?.[0];
  if (packet.type !== 'query' || question === undefined) return undefined;
  const opt = packet.additionals?.find((record) => record.type === 'OPT');
  return {
    id: packet.id ?? 0,
    question,
    recursionDesired: ((packet.flags ?? 0) & RD) !== 0,
    udpSize: opt === undefined ? undefined : Math.max(512, opt.udpPayloadSize),
  };
}

function writeReply(query: Query, reply: Reply, transport: Transport): Buffer {
  const flags = AUTHORITATIVE_ANSWER | RA | (query.recursionDesired ? RD : 0) | RCODE_NUMBERS[reply.rcode];
  const packet = (body: Partial<Packet>, extra = 0): Buffer =>
    encode({
      type: 'response',
      id: query.id,
      flags: flags | extra,
      questions: [query.question],
      additionals:
        query.udpSize === undefined
          ? []
          : [{ type: 'OPT', name: '.', udpPayloadSize: 1232, flags: 0, options: [], ...OPT_ZEROES }],
      ...body,
    });
  const whole = packet({ answers: [...reply.answers], authorities: [...reply.authorities] });
  const limit = transport === 'tcp' ? 65_535 : (query.udpSize ?? 512);
  return whole.length <= limit ? whole : packet({}, TRUNCATED_RESPONSE);
}

const RD = 1 << 8;
const RA = 1 << 7;
const RCODE_NUMBERS = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 } as const;
const OPT_ZEROES = { extendedRcode: 0, ednsVersion: 0, flag_do: false } as const;
