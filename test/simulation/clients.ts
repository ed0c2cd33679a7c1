/** Hosts that ask, believe what they are told, and connect to it. */
import { encode, RECURSION_DESIRED } from 'dns-packet';
import { parseIpAddress } from '../../src/base/ip-address.ts';
import type { Handler } from '../../src/dns/listener/listener.ts';
import type { Chance } from './chance.ts';
import { keyOf } from './logs.ts';
import type { ToldReply } from './oracle/parts.ts';
import { toldAddresses } from './reply.ts';
import type { Timeline } from './timeline.ts';
import { type GroupDesign, MINUTE, strangersOf, type WorldDesign } from './world.ts';

/** Look-ups a minute, of all clients; every other one asks for both families: 21 questions a minute. */
const QUESTIONS_A_MINUTE = 14;
/** Share of the questions for names that nobody allows. */
const STRANGE = 0.07;
/** Share of the questions that carry EDNS. */
const WITH_EDNS = 0.5;
/** Share of the answers after which packets go to and fro. */
const CONNECTS = 0.2;

const TYPES = { A: 1, AAAA: 28 } as const;

export interface ClientsParts {
  readonly timeline: Timeline;
  readonly chance: Chance;
  readonly design: WorldDesign;
  readonly handler: () => Handler | undefined;
  /** What the house's clock says more than the world's. */
  readonly clockOffset: () => number;
  readonly onReply: (reply: ToldReply, rcode: string) => void;
  readonly onConnect: (group: string, address: string) => void;
  readonly asked: () => void;
}

export interface Clients {
  /** Names below wildcards that do not exist, many at once. */
  storm(questions: number): void;
  ask(group: GroupDesign, name: string, type: 'A' | 'AAAA'): void;
  /** While true nobody asks by itself. */
  quiet: boolean;
}

export function startClients(parts: ClientsParts): Clients {
  const { timeline, chance, design, onReply, onConnect } = parts;
  /** By name, for each type without EDNS and with it. */
  const packets = {
    A: [new Map<string, Buffer>(), new Map<string, Buffer>()],
    AAAA: [new Map<string, Buffer>(), new Map<string, Buffer>()],
  } as const;
  let id = 0;

  const packetFor = (name: string, type: 'A' | 'AAAA', edns: boolean): Buffer => {
    const known = packets[type][edns ? 1 : 0];
    let packet = known.get(name);
    if (packet === undefined) {
      packet = encode({
        type: 'query',
        flags: RECURSION_DESIRED,
        questions: [{ name, type }],
        ...(edns
          ? {
              additionals: [
                {
                  type: 'OPT',
                  name: '.',
                  udpPayloadSize: 1232,
                  extendedRcode: 0,
                  ednsVersion: 0,
                  flags: 0,
                  flag_do: false,
                  options: [],
                },
              ],
            }
          : {}),
      });
      // Names of a storm are asked once.
      if (known.size < MAX_PACKETS) known.set(name, packet);
    }
    id = (id + 1) & 0xffff;
    packet.writeUInt16BE(id, 0);
    return Buffer.from(packet);
  };

  const clients: Clients = {
    quiet: false,
    ask({ name: group, client }, name, type) {
      const handler = parts.handler();
      if (handler === undefined) return;
      parts.asked();
      const key = keyOf(timeline.now + parts.clockOffset(), client, name, TYPES[type]);
      const from = { address: parseIpAddress(client), port: 5353, protocol: 'udp' } as const;
      const askedAt = timeline.now;
      const edns = chance.happens(WITH_EDNS);
      handler(packetFor(name, type, edns), from, (octets) => {
        const addresses = toldAddresses(octets, TYPES[type]);
        const rcode = RCODES[octets.readUInt16BE(2) & 15] ?? 'OTHER';
        onReply({ group, name, type, addresses, key, edns, tookMs: timeline.now - askedAt }, rcode);
        for (const { address } of addresses.slice(0, 1))
          if (chance.happens(CONNECTS))
            timeline.after(chance.between(1, 5 * MINUTE), () => onConnect(group, address));
      });
    },
    storm(questions) {
      for (let i = 0; i < questions; i++) {
        const group = chance.pick(design.groups);
        const name = `x${chance.below(1_000_000)}.cdn.${group.name}.example`;
        timeline.after(chance.between(0, MINUTE), () => clients.ask(group, name, chance.pick(['A', 'AAAA'])));
      }
    },
  };

  const askNext = () => {
    timeline.after(chance.between(1, (2 * MINUTE) / QUESTIONS_A_MINUTE), askNext);
    if (clients.quiet) return;
    const group = chance.pick(design.groups);
    const wanted = design.wanted.get(group.name) ?? [];
    // The first names are wanted most.
    const place = Math.floor(wanted.length * (chance.below(1000) / 1000) ** 3);
    const name = chance.happens(STRANGE) ? chance.pick(strangersOf()) : (wanted[place] ?? group.client);
    clients.ask(group, name, 'A');
    if (chance.happens(0.5)) clients.ask(group, name, 'AAAA');
  };
  askNext();
  return clients;
}

/** Different packets that are kept ready. */
const MAX_PACKETS = 1000;

const RCODES: Readonly<Record<number, string>> = {
  0: 'NOERROR',
  2: 'SERVFAIL',
  3: 'NXDOMAIN',
  5: 'REFUSED',
};
