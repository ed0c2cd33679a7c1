import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { parseIpAddress } from '../../../src/base/ip-address.ts';
import type { Client, Handler, Listener } from '../../../src/dns/listener/listener.ts';
import { listenTcp, TCP_LIMITS, type TcpLimits } from '../../../src/dns/listener/tcp.ts';
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
  const listener = await listenTcp({ address: parseIpAddress(address), port: 0 }, handler, {
    clock,
    limits: { ...TCP_LIMITS, ...limits },
    onTrouble: (error) => troubles.push(error),
  });
  open.listeners.push(listener);
  return { listener, clock, troubles };
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

  test('a client that does not read its answers is not read from', async () => {
    let handled = 0;
    const { listener } = await listen((_packet, _client, reply) => {
      handled += 1;
      reply(Buffer.alloc(60_000));
    });
    const socket = connect({ host: listener.address, port: listener.port });
    open.sockets.push(socket);
    socket.pause();
    const question = frameMessage(message('big'));
    socket.write(Buffer.concat(Array.from({ length: 5000 }, () => question)));
    let before = -1;
    await expect
      .poll(
        () => {
          const isStill = handled > 0 && handled === before;
          before = handled;
          return isStill;
        },
        { interval: 200 },
      )
      .toBe(true);
    expect(handled).toBeLessThan(1000);
  });

  test('one client has at most so many connections, and another still gets its own', async () => {
    const { listener } = await listen(echo, { connectionsPerClient: 2 });
    const first = await client(listener);
    await client(listener);
    const third = await client(listener);
    await once(third.socket, 'close');
    const other = await client(listener, '127.0.0.2');
    other.send('hello');
    await expect.poll(() => other.answers).toEqual(['hello']);

    first.socket.destroy();
    await expect
      .poll(async () => {
        const again = await client(listener);
        again.send('again');
        return Promise.race([once(again.socket, 'close'), once(again.socket, 'data')]).then(
          () => again.answers,
        );
      })
      .toEqual(['again']);
  });

  test('all clients together have at most so many connections', async () => {
    const { listener } = await listen(echo, { connections: 1 });
    await client(listener);
    const { socket } = await client(listener, '127.0.0.2');
    await once(socket, 'close');
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
