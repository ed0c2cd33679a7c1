/** What only sockets show: RFC 1035, 2181, 5452, 7766. */
import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, onTestFinished } from 'vitest';
import { parseIpAddress } from '../../../src/base/ip-address.ts';
import type { Handler } from '../../../src/dns/listener/listener.ts';
import { listenTcp } from '../../../src/dns/listener/tcp.ts';
import { listenUdp } from '../../../src/dns/listener/udp.ts';
import { FLAG } from '../../../src/dns/wire/constants.ts';
import { createFrameReader, frameMessage } from '../../../src/dns/wire/frame.ts';
import { a } from '../../support/toy-upstream.ts';
import { CLIENT } from '../room.ts';
import { desk, look, query, type Requirement } from './desk.ts';

/** The pipeline behind a socket on loopback. */
async function served(listen: typeof listenUdp | typeof listenTcp) {
  const made = desk();
  const address = parseIpAddress(CLIENT);
  const handler: Handler = (packet, { protocol }, reply) =>
    made.pipeline.handle(packet, { address, protocol }, reply);
  const listener = await listen({ address: parseIpAddress('127.0.0.1'), port: 0 }, handler);
  onTestFinished(() => listener.close());
  return { ...made, port: listener.port };
}

async function overTcp() {
  const made = await served(listenTcp);
  return { ...made, ...(await connection(made.port)) };
}

async function connection(port: number) {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => {
    socket.destroy();
  });
  await once(socket, 'connect');
  const frames = createFrameReader();
  const got: Buffer[] = [];
  const waiting = new Set<() => void>();
  socket.on('data', (chunk: Buffer) => {
    got.push(...frames.push(chunk));
    for (const wake of waiting) wake();
  });
  /** The next messages. */
  const messages = (count: number): Promise<readonly Buffer[]> =>
    new Promise((resolve) => {
      const look = () => {
        if (got.length < count) return;
        waiting.delete(look);
        resolve(got.splice(0, count));
      };
      waiting.add(look);
      look();
    });
  return { socket, messages };
}

export const sockets: readonly Requirement[] = [
  {
    rfc: 'RFC 2181',
    section: '4',
    says: 'a UDP answer leaves from the address and port that were asked',
    check: async () => {
      const { port } = await served(listenUdp);
      const socket = createSocket('udp4');
      onTestFinished(() => {
        socket.close();
      });
      socket.send(query('localhost'), port, '127.0.0.1');
      const [octets, from] = (await once(socket, 'message')) as [Buffer, RemoteInfo];
      expect([from.address, from.port]).toEqual(['127.0.0.1', port]);
      expect(look(octets).answers).toHaveLength(1);
    },
  },
  {
    rfc: 'RFC 1035',
    section: '4.2.2',
    says: 'a query that comes octet by octet is answered',
    check: async () => {
      const { socket, messages } = await overTcp();
      socket.setNoDelay(true);
      for (const octet of frameMessage(query('localhost'))) socket.write(Buffer.of(octet));
      const [octets] = await messages(1);
      expect(octets && look(octets).answers).toHaveLength(1);
    },
  },
  {
    rfc: 'RFC 7766',
    section: '6.2.1.1',
    says: 'many queries in one segment are all answered, a slow one behind quick ones',
    check: async () => {
      const { socket, messages, upstream } = await overTcp();
      upstream.answers('slow.example A', a('slow.example', '192.0.2.1'));
      upstream.waits(true);
      const ids = [1, 2, 3, 4];
      const asked = ids.map((id) => query(id === 1 ? 'slow.example' : 'localhost', 'A', { id }));
      socket.write(Buffer.concat(asked.map(frameMessage)));
      const quick = await messages(3);
      upstream.waits(false);
      const slow = await messages(1);
      expect([...quick, ...slow].map((octets) => look(octets).id)).toEqual([2, 3, 4, 1]);
    },
  },
  {
    rfc: 'RFC 7766',
    section: '6.2.4',
    says: 'after a half-close everything asked is still answered, then the connection ends',
    check: async () => {
      const { socket, messages } = await overTcp();
      socket.end(Buffer.concat([1, 2].map((id) => frameMessage(query('localhost', 'A', { id })))));
      const ended = once(socket, 'end');
      expect(await messages(2)).toHaveLength(2);
      await ended;
    },
  },
  {
    rfc: 'RFC 7766',
    section: '8',
    says: 'a large answer over TCP is whole and not truncated',
    check: async () => {
      const { socket, messages, upstream } = await overTcp();
      const many = Array.from({ length: 1000 }, (_, i) =>
        a('www.example.org', `198.51.${100 + (i >> 8)}.${i & 255}`),
      );
      upstream.answers('www.example.org A', ...many);
      socket.write(frameMessage(query()));
      const [octets = Buffer.of()] = await messages(1);
      expect(look(octets).answers).toHaveLength(1000);
      expect(look(octets).flags & FLAG.TC).toBe(0);
    },
  },
  {
    rfc: 'RFC 1035',
    section: '4.2.2',
    says: 'a message too short for a header ends the connection, and nobody else notices',
    check: async () => {
      const { socket, port } = await overTcp();
      socket.write(frameMessage(Buffer.alloc(5)));
      await once(socket, 'close');
      const other = await connection(port);
      other.socket.write(frameMessage(query('localhost')));
      expect(await other.messages(1)).toHaveLength(1);
    },
  },
];
