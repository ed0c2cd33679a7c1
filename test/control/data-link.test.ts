import { expect, test } from 'vitest';
import { createDataLink } from '../../src/control/data-link.ts';
import type { Port } from '../../src/plane/port.ts';
import type { DataMessage, ToData } from '../../src/plane/protocol.ts';
import { name } from '../store/world.ts';
import { settle } from '../support/settle.ts';

const policy = { kind: 'policy', epoch: 1, groups: [] } as const;
const question = { groupId: 1, name: name('plex.tv'), qtype: 1, purpose: 'probe' } as const;

function stage() {
  const events: string[] = [];
  const link = createDataLink({
    onConnect: () => events.push('connected'),
    onAcknowledged: () => undefined,
    onEvent: (event) => events.push(event.kind),
  });
  const worker = () => {
    const got: ToData[] = [];
    let say = (_: DataMessage): void => undefined;
    const port: Port<DataMessage, ToData> = {
      post: (message) => got.push(message),
      listen(onMessage) {
        say = onMessage;
      },
      close: () => undefined,
    };
    return { got, port, say: (message: DataMessage) => say(message) };
  };
  return { link, events, worker };
}
const isDone = async (promise: Promise<unknown>) => {
  let done = false;
  void promise.then(() => {
    done = true;
  });
  await settle(2);
  return done;
};

test('what is sent is in force when the worker says so', async () => {
  const { link, worker } = stage();
  const { got, port, say } = worker();
  link.connect(port);
  const first = link.send(policy);
  const second = link.send(policy);
  expect(got.map(({ seq }) => seq)).toEqual([1, 2]);
  say({ kind: 'ack', seq: 1 });
  expect(await isDone(first)).toBe(true);
  expect(await isDone(second)).toBe(false);
});

test('nobody waits for a worker that is not there, or that went away', async () => {
  const { link, worker } = stage();
  expect(link.connected).toBe(false);
  await link.send(policy);
  expect(await link.resolve(question)).toBe('failed');
  link.connect(worker().port);
  const sent = link.send(policy);
  const asked = link.resolve(question);
  link.disconnected();
  await sent;
  expect(await asked).toBe('failed');
});

test('a question comes back to who asked it', async () => {
  const { link, worker } = stage();
  const { got, port, say } = worker();
  link.connect(port);
  const [a, b] = [link.resolve(question), link.resolve(question)];
  const ids = got.map((message) => (message.kind === 'resolve' ? message.id : 0));
  say({ kind: 'resolved', id: ids[1] ?? 0, outcome: 'gone' });
  say({ kind: 'resolved', id: ids[0] ?? 0, outcome: 'found' });
  expect(await Promise.all([a, b])).toEqual(['found', 'gone']);
});

test('a worker that was replaced is not listened to any more', () => {
  const { link, worker, events } = stage();
  const old = worker();
  link.connect(old.port);
  link.connect(worker().port);
  old.say({ kind: 'leases', batch: [] });
  expect(events).toEqual(['connected', 'connected']);
});
