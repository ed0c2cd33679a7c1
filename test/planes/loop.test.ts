import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { decode, encode, RECURSION_DESIRED } from 'dns-packet';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { parsePrefix } from '../../src/base/ip-address.ts';
import { silentLog } from '../../src/base/log.ts';
import { DEFAULT_LIMITS } from '../../src/data/limits.ts';
import { listen } from '../../src/data/listen.ts';
import { openUpstreams } from '../../src/data/upstreams.ts';
import { startDataPlane } from '../../src/data-plane.ts';
import type { DataMessage, ToData } from '../../src/plane/protocol.ts';
import { allow, groupSnapshot } from '../dns/room.ts';

async function udp(address: string): Promise<Socket> {
  const socket = createSocket('udp4');
  onTestFinished(() => void socket.close());
  socket.bind(0, address);
  await once(socket, 'listening');
  return socket;
}

/** Sends whatever it is asked on to `port`, from a socket of its own for each question, as a forwarder does. */
function forwardTo(forwarder: Socket, port: () => number): void {
  forwarder.on('message', async (packet, from) => {
    const out = await udp('127.0.0.3');
    out.once('message', (answer) => forwarder.send(answer, from.port, from.address));
    out.send(packet, port(), '127.0.0.1');
  });
}

test('an upstream that forwards to us is found out, named, and told at once', async () => {
  const forwarder = await udp('127.0.0.3');
  const upstream = `udp://127.0.0.3:${forwarder.address().port}`;
  const clock = systemClock();
  const config = { upstreams: [upstream], forward: [], records: [], neverOpened: [], limits: DEFAULT_LIMITS };
  const upstreams = openUpstreams(config, clock);
  const plane = startDataPlane({
    config: { ...config, listen: ['127.0.0.1:0'] },
    clock,
    log: silentLog(),
    upstreams,
    listen,
  });
  onTestFinished(() => plane.close());
  let health: Extract<DataMessage, { kind: 'health' }> | undefined;
  let say = (_: ToData): void => undefined;
  plane.connectControl({
    post(message) {
      if (message.kind === 'health') health = message;
    },
    listen(receive) {
      say = receive;
    },
    close: () => undefined,
  });
  const group = groupSnapshot({ clients: [parsePrefix('127.0.0.2')], rules: [allow('*.example.org')] });
  say({ kind: 'policy', epoch: 1, groups: [group], seq: 1 });
  const port = () => health?.listeners.find(({ protocol }) => protocol === 'udp')?.port ?? 0;
  await expect.poll(port).toBeGreaterThan(0);
  forwardTo(forwarder, port);

  const client = await udp('127.0.0.2');
  const ask = (name: string) =>
    client.send(
      encode({ type: 'query', id: 7, flags: RECURSION_DESIRED, questions: [{ name, type: 'A' }] }),
      port(),
      '127.0.0.1',
    );
  ask('first.example.org');
  await expect
    .poll(() => health?.warnings, { timeout: 10_000 })
    .toEqual([
      `The upstream ${upstream} forwards our own questions back to us (from 127.0.0.3), so names cannot resolve there: take Sallyport out of its forwarders, or name another upstream.`,
    ]);
  ask('second.example.org');
  const [answer] = (await once(client, 'message')) as [Buffer];
  expect(answer.readUInt16BE(2) & 15).toBe(2);
  expect(decode(answer).questions?.[0]?.name).toMatch(/example\.org$/);
});
