import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { parseIpAddress } from '../../../src/base/ip-address.ts';
import type { Client, Handler } from '../../../src/dns/listener/listener.ts';
import { listenUdp } from '../../../src/dns/listener/udp.ts';

const onTrouble = (error: Error): never => expect.fail(error.message);
const echo: Handler = (packet, _, reply) => reply(packet);
const any = (address: string) => ({ address: parseIpAddress(address), port: 0 });

/** Sends one packet and gives what comes back, and from where. */
async function ask(address: string, port: number, packet: Buffer) {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  socket.send(packet, port, address);
  const [octets, from] = await once(socket, 'message');
  const own = socket.address();
  socket.close();
  return { octets, from, own };
}

test.each(['127.0.0.1', '127.0.0.5', '::1'])(
  'an answer comes from the address that was asked: %s',
  async (address) => {
    const clients: Client[] = [];
    const handler: Handler = (packet, client, reply) => {
      clients.push(client);
      reply(packet);
    };
    const listener = await listenUdp(any(address), handler, { onTrouble });
    const { octets, from, own } = await ask(address, listener.port, Buffer.from('hello'));
    expect(octets).toEqual(Buffer.from('hello'));
    expect(from).toMatchObject({ address, port: listener.port });
    const clientAddress = address === '::1' ? '::1' : '127.0.0.1';
    expect(clients).toEqual([{ address: clientAddress, port: own.port, protocol: 'udp' }]);
    await listener.close();
  },
);

test('a port that is taken is told with the system code', async () => {
  const first = await listenUdp(any('127.0.0.1'), echo, { onTrouble });
  const second = listenUdp({ address: first.address, port: first.port }, echo, { onTrouble });
  await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE', port: first.port });
  await first.close();
});

test('an address this machine does not have is told with the system code', async () => {
  const listening = listenUdp(any('192.0.2.1'), echo, { onTrouble });
  await expect(listening).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' });
});

test('after the close nothing is sent, and closing again is harmless', async () => {
  const answers: (() => void)[] = [];
  const handler: Handler = (packet, _, reply) => void answers.push(() => reply(packet));
  const listener = await listenUdp(any('127.0.0.1'), handler, { onTrouble });
  const socket = createSocket('udp4');
  socket.send('late', listener.port, '127.0.0.1');
  await expect.poll(() => answers.length).toBe(1);
  await listener.close();
  await listener.close();
  answers[0]?.();
  socket.close();
});

test('an answer that cannot be sent is told, and the listener goes on', async () => {
  const troubles: Error[] = [];
  const handler: Handler = (packet, _, reply) => {
    reply(packet.length === 1 ? Buffer.alloc(70_000) : packet);
  };
  const listener = await listenUdp(any('127.0.0.1'), handler, { onTrouble: (error) => troubles.push(error) });
  const socket = createSocket('udp4');
  socket.send('x', listener.port, '127.0.0.1');
  await expect.poll(() => troubles.length).toBe(1);
  expect(troubles[0]).toMatchObject({ code: 'EMSGSIZE' });
  expect((await ask('127.0.0.1', listener.port, Buffer.from('hello'))).octets.toString()).toBe('hello');
  socket.close();
  await listener.close();
});
