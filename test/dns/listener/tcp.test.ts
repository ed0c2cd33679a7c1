import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { parseIpAddress } from '../../../src/base/ip-address.ts';
import { createConnectionTable } from '../../../src/dns/listener/connection-table.ts';
import type { Client, Handler, Listener } from '../../../src/dns/listener/listener.ts';
import { listenTcp, TCP_LIMITS, type TcpLimits } from '../../../src/dns/listener/tcp.ts';
import { listenUdp } from '../../../src/dns/listener/udp.ts';
import { createFrameReader, frameMessage } from '../../../src/dns/wire/frame.ts';
import { manualClock } from '../../support/manual-clock.ts';

const echo: Handler = (packet, _, reply) => reply(packet);
const message = (text: string): Buffer => Buffer.from(text.padEnd(12, '.'));
const open: { readonly listeners: Listener[]; readonly sockets: Socket[] } = { listeners: [], sockets: [] };

afterEach(async () => {
  for (const socket of open.sockets.splice(0)) socket.destroy();
  for (const listener of open.listeners.splice(0)) await listener.close();
});

async function listen(handler: Handler, limits: Partial<TcpLimits> = {}, address = '127.0.0.1') {
  const clock = manualClock();
  const troubles: Error[] = [];
  const all = { ...TCP_LIMITS, ...limits };
  const table = createConnectionTable(all);
  const listener = await listenTcp({ address: parseIpAddress(address), port: 0 }, handler, {
    clock,
    limits: all,
    table,
    onTrouble: (error) => troubles.push(error),
  });
  open.listeners.push(listener);
  return { listener, clock, troubles, table };
}

/** A connected client, and the texts it was answered with so far. */
async function client({ address, port }: Listener, from?: string) {
  const socket = connect({
    host: address,
    port,
    noDelay: true,
    ...(from === undefined ? {} : { localAddress: from }),
  });
  open.sockets.push(socket);
  socket.on('error', () => undefined);
  const answers: string[] = [];
  const frames = createFrameReader();
  socket.on('data', (chunk: Buffer | string) => {
    for (const octets of frames.push(Buffer.from(chunk))) answers.push(octets.toString().replace(/\.+$/, ''));
  });
  await once(socket, 'connect');
  return { socket, answers, send: (text: string) => socket.write(frameMessage(message(text))) };
}

/** A handler whose answers the test gives when it likes. */
function heldAnswers() {
  const held: { readonly text: string; readonly answer: () => void }[] = [];
  const clients: Client[] = [];
  const handler: Handler = (packet, from, reply) => {
    clients.push(from);
    held.push({ text: packet.toString().replace(/\.+$/, ''), answer: () => reply(packet) });
  };
  return { held, clients, handler };
}

describe('messages', () => {
  test.each(['127.0.0.1', '::1'])('a question over %s is answered', async (address) => {
    const { held, clients, handler } = heldAnswers();
    const { listener } = await listen(handler, {}, address);
    const { socket, answers, send } = await client(listener);
    send('one');
    await expect.poll(() => held.length).toBe(1);
    held[0]?.answer();
    await expect.poll(() => answers).toEqual(['one']);
    expect(clients).toEqual([{ address, port: socket.localPort, protocol: 'tcp' }]);
  });

  test.each([1, 2, 3, 13])('may be cut into pieces of %i octets', async (size) => {
    const { listener } = await listen(echo);
    const { socket, answers } = await client(listener);
    const octets = Buffer.concat(['one', 'two', 'three'].map((text) => frameMessage(message(text))));
    for (let at = 0; at < octets.length; at += size) {
      socket.write(octets.subarray(at, at + size));
      await new Promise(setImmediate);
    }
    await expect.poll(() => answers).toEqual(['one', 'two', 'three']);
  });

  test('may come all at once, and are answered in the order they are finished', async () => {
    const { held, handler } = heldAnswers();
    const { listener } = await listen(handler);
    const { socket, answers } = await client(listener);
    socket.write(Buffer.concat(['one', 'two', 'three'].map((text) => frameMessage(message(text)))));
    await expect.poll(() => held.length).toBe(3);
    for (const { answer } of held.toReversed()) answer();
    await expect.poll(() => answers).toEqual(['three', 'two', 'one']);
  });

  test('may be thousands in one write', async () => {
    const { listener } = await listen(echo);
    const { socket, answers } = await client(listener);
    const count = 20_000;
    socket.write(Buffer.concat(Array.from({ length: count }, (_, i) => frameMessage(message(`${i}`)))));
    await expect.poll(() => answers.length, { timeout: 10_000 }).toBe(count);
    expect(new Set(answers).size).toBe(count);
  });

  test('of 65535 octets pass', async () => {
    const { listener } = await listen(echo);
    const { socket, answers } = await client(listener);
    socket.write(frameMessage(Buffer.alloc(65_535, 'x')));
    await expect.poll(() => answers[0]?.length).toBe(65_535);
  });

  test('shorter than a header end the connection', async () => {
    const { listener } = await listen(() => expect.fail('it was handed on'));
    const { socket } = await client(listener);
    const closed = once(socket, 'close');
    socket.write(frameMessage(Buffer.alloc(11)));
    await closed;
  });

  test('are answered once, however often the handler tries', async () => {
    const { listener } = await listen((packet, _, reply) => {
      reply(packet);
      reply(packet);
    });
    const { answers, send } = await client(listener);
    send('one');
    send('two');
    await expect.poll(() => answers).toEqual(['one', 'two']);
  });
});

describe('limits', () => {
  test('at most so many questions are under way; the others wait their turn', async () => {
    const { held, handler } = heldAnswers();
    const { listener } = await listen(handler, { inFlight: 2 });
    const { socket, answers } = await client(listener);
    socket.write(Buffer.concat(['one', 'two', 'three', 'four'].map((text) => frameMessage(message(text)))));
    await expect.poll(() => held.length).toBe(2);
    held[1]?.answer();
    expect(held.map(({ text }) => text)).toEqual(['one', 'two', 'three']);
    for (let i = 0; i < 4; i++) held[i]?.answer();
    await expect.poll(() => answers.length).toBe(4);
  });

  /** A client that asks for far more than it reads. */
  async function deafClient({ address, port }: Listener, questions: number) {
    const socket = connect({ host: address, port });
    open.sockets.push(socket);
    socket.on('error', () => undefined);
    socket.pause();
    await once(socket, 'connect');
    socket.write(Buffer.concat(Array.from({ length: questions }, () => frameMessage(message('big')))));
    return socket;
  }

  test('a client that does not read its answers is not read from, and closed after 10 s', async () => {
    let handled = 0;
    const { listener, clock, table } = await listen((_packet, _client, reply) => {
      handled += 1;
      reply(Buffer.alloc(60_000));
    });
    await deafClient(listener, 5000);
    await expect.poll(() => table.heldOctets()).toBeGreaterThan(60_000);
    expect(handled).toBeLessThan(1000);
    clock.advance(9_999);
    expect(table.counters().open).toBe(1);
    clock.advance(1);
    expect(table.counters()).toMatchObject({ open: 0, closed: { unread: 1 } });
    await expect.poll(() => table.heldOctets()).toBe(0);
  });

  test('answers that come together and are not read end the connection before they fill the memory', async () => {
    const { held, handler } = heldAnswers();
    const big: Handler = (packet, from, reply) => handler(packet, from, () => reply(Buffer.alloc(65_000)));
    const { listener, table } = await listen(big, { inFlight: 500 });
    await deafClient(listener, 500);
    await expect.poll(() => held.length).toBe(500);
    for (const { answer } of held) answer();
    // What the kernel takes is the kernel's; here there is never more than the limit and one answer.
    expect(table.heldOctets()).toBeLessThan(TCP_LIMITS.unreadOctets + 70_000);
    expect(table.counters().closed.unread).toBe(1);
  });

  test('what all connections hold together is bounded: the one that wants more goes', async () => {
    const { listener, table } = await listen(echo, { heldOctets: 1000 });
    const [first, second] = [await client(listener), await client(listener)];
    first.socket.write(Buffer.concat([Buffer.of(3, 0), Buffer.alloc(600)]));
    await expect.poll(() => table.heldOctets()).toBe(602);
    const closed = once(second.socket, 'close');
    second.socket.write(Buffer.concat([Buffer.of(3, 0), Buffer.alloc(600)]));
    await closed;
    expect(table.counters().closed.memory).toBe(1);
    first.socket.write(Buffer.alloc(168));
    await expect.poll(() => first.answers.length).toBe(1);
    expect(table.heldOctets()).toBe(0);
  });

  test('a client at its limit loses the connection that was idle for longest, and another client none', async () => {
    const { listener, clock, table } = await listen(echo, { connectionsPerClient: 2 });
    const other = await client(listener, '127.0.0.2');
    const first = await client(listener);
    await expect.poll(() => table.counters().open).toBe(2);
    clock.advance(1);
    const second = await client(listener);
    await expect.poll(() => table.counters().open).toBe(3);
    clock.advance(1);
    first.send('awake');
    await expect.poll(() => first.answers).toEqual(['awake']);
    const closed = once(second.socket, 'close');
    const third = await client(listener);
    await closed;
    for (const { send } of [first, third, other]) send('hello');
    await expect
      .poll(() => [first, third, other].map(({ answers }) => answers.at(-1)))
      .toEqual(['hello', 'hello', 'hello']);
  });

  test('a client whose connections are all busy is refused one more', async () => {
    const { held, handler } = heldAnswers();
    const { listener, table } = await listen(handler, { connectionsPerClient: 1 });
    const busy = await client(listener);
    busy.send('one');
    await expect.poll(() => held.length).toBe(1);
    const { socket } = await client(listener);
    await once(socket, 'close');
    expect(table.counters()).toMatchObject({ open: 1, accepted: 1, refused: 1 });
    held[0]?.answer();
    await expect.poll(() => busy.answers).toEqual(['one']);
  });

  test('when the house is full, the client that has most makes room, busy or not', async () => {
    const { held, handler } = heldAnswers();
    const { listener, table } = await listen(handler, { connections: 4 });
    const quiet = await client(listener, '127.0.0.3');
    const flood = [await client(listener), await client(listener), await client(listener)];
    for (const { send } of flood) send('slow');
    await expect.poll(() => held.length).toBe(3);
    const lost = Promise.race(flood.map(({ socket }) => once(socket, 'close')));
    const newcomer = await client(listener, '127.0.0.2');
    await lost;
    newcomer.send('hello');
    quiet.send('hello');
    await expect.poll(() => held.length).toBe(5);
    for (const { answer } of held) answer();
    await expect.poll(() => [newcomer.answers, quiet.answers]).toEqual([['hello'], ['hello']]);
    expect(table.counters()).toMatchObject({ open: 4, closed: { crowded: 1 } });
  });

  test('2,000 connections of 20 clients are served, and UDP beside them', async () => {
    const { listener, table } = await listen(echo);
    const udp = await listenUdp({ address: parseIpAddress('127.0.0.1'), port: 0 }, echo);
    open.listeners.push(udp);
    const clients: Awaited<ReturnType<typeof client>>[] = [];
    for (let host = 1; host <= 20; host++) {
      const connecting = Array.from({ length: 100 }, () => client(listener, `127.0.1.${host}`));
      clients.push(...(await Promise.all(connecting)));
    }
    await expect.poll(() => table.counters().open).toBe(2000);
    const asking = createSocket('udp4');
    asking.send(message('datagram'), udp.port, '127.0.0.1');
    await once(asking, 'message');
    asking.close();
    for (const { send } of clients) send('hello');
    await expect.poll(() => clients.filter(({ answers }) => answers[0] === 'hello').length).toBe(2000);
    expect(table.counters()).toMatchObject({ refused: 0, closed: { crowded: 0 } });
    expect(table.heldOctets()).toBe(0);
  });

  test('questions that are never answered hold a connection no longer than silence', async () => {
    const { held, handler } = heldAnswers();
    const { listener, clock, table } = await listen(handler, { inFlight: 1 });
    const { socket, send } = await client(listener);
    send('one');
    send('two');
    await expect.poll(() => held.length).toBe(1);
    const closed = once(socket, 'close');
    clock.advance(10_000);
    await closed;
    expect(table.counters()).toMatchObject({ open: 0, closed: { idle: 1 } });
  });

  test('nor after the client closed its side', async () => {
    const { held, handler } = heldAnswers();
    const { listener, clock } = await listen(handler);
    const { socket, send } = await client(listener);
    send('one');
    socket.end();
    await expect.poll(() => held.length).toBe(1);
    const closed = once(socket, 'close');
    clock.advance(10_000);
    await closed;
  });

  test('a connection that is idle for 10 s is closed; an answer keeps it open', async () => {
    const { held, handler } = heldAnswers();
    const { listener, clock } = await listen(handler);
    const { socket, answers, send } = await client(listener);
    const closed = once(socket, 'close');
    send('one');
    await expect.poll(() => held.length).toBe(1);
    clock.advance(9_999);
    held[0]?.answer();
    await expect.poll(() => answers).toEqual(['one']);
    clock.advance(9_999);
    expect(socket.destroyed).toBe(false);
    send('two');
    await expect.poll(() => held.length).toBe(2);
    clock.advance(10_000);
    await closed;
  });

  test('half a message is waited for 5 s, however slowly more of it comes', async () => {
    const { held, handler } = heldAnswers();
    const { listener, clock } = await listen(handler);
    const { socket, send } = await client(listener);
    const closed = once(socket, 'close');
    send('whole');
    socket.write(Buffer.of(0));
    await expect.poll(() => held.length).toBe(1);
    clock.advance(3_000);
    socket.write(Buffer.of(40));
    await new Promise(setImmediate);
    clock.advance(2_000);
    await closed;
  });
});

describe('the end', () => {
  test('answers that are finished after the client closed its side still arrive', async () => {
    const { held, handler } = heldAnswers();
    const { listener } = await listen(handler);
    const { socket, answers, send } = await client(listener);
    const closed = once(socket, 'close');
    send('one');
    socket.end();
    await expect.poll(() => held.length).toBe(1);
    held[0]?.answer();
    await closed;
    expect(answers).toEqual(['one']);
  });

  test('a client that only connects and leaves costs nothing', async () => {
    const { listener, troubles } = await listen(echo);
    const { socket } = await client(listener);
    socket.end();
    await once(socket, 'close');
    expect(troubles).toEqual([]);
  });

  test('a client that resets its connection is told as trouble, and its answers go nowhere', async () => {
    const { held, handler } = heldAnswers();
    const { listener, troubles } = await listen(handler);
    const { socket, send } = await client(listener);
    send('one');
    await expect.poll(() => held.length).toBe(1);
    socket.resetAndDestroy();
    await expect.poll(() => troubles.length).toBe(1);
    expect(troubles[0]).toMatchObject({ code: 'ECONNRESET' });
    held[0]?.answer();
  });

  test('connections that are reset anywhere leave nothing behind', async () => {
    const { held, handler } = heldAnswers();
    const { listener, table } = await listen(handler, { connectionsPerClient: 500 });
    const framed = frameMessage(message('one'));
    const clients = await Promise.all(Array.from({ length: 200 }, () => client(listener)));
    for (const [i, { socket }] of clients.entries())
      socket.write(framed.subarray(0, i % (framed.length + 1)));
    const whole = clients.filter((_, i) => i % (framed.length + 1) === framed.length);
    await expect.poll(() => held.length).toBe(whole.length);
    for (const { socket } of clients) socket.resetAndDestroy();
    for (const { answer } of held) answer();
    await expect.poll(() => table.counters().open).toBe(0);
    await expect.poll(() => table.heldOctets()).toBe(0);
  });

  test('closing the listener lets questions under way be answered, and takes no more', async () => {
    const { held, handler } = heldAnswers();
    const { listener } = await listen(handler);
    const busy = await client(listener);
    const idle = await client(listener);
    busy.send('one');
    await expect.poll(() => held.length).toBe(1);
    const idleClosed = once(idle.socket, 'close');
    const closed = listener.close();
    await idleClosed;
    held[0]?.answer();
    await closed;
    await expect.poll(() => busy.answers).toEqual(['one']);
  });

  test('a port that is taken is told with the system code', async () => {
    const { listener } = await listen(echo);
    const second = listenTcp({ address: listener.address, port: listener.port }, echo);
    await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
