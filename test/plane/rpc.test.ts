import { MessageChannel } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import { KnownError } from '../../src/base/errors.ts';
import { portOf } from '../../src/plane/port.ts';
import { createRpcClient, type RpcReply, type RpcRequest, serveRpc } from '../../src/plane/rpc.ts';

function joined(methods: Record<string, (input: never) => unknown> | undefined) {
  const { port1, port2 } = new MessageChannel();
  onTestFinished(() => port1.close());
  const bugs: unknown[] = [];
  const client = createRpcClient();
  if (methods !== undefined) serveRpc(portOf<RpcRequest, RpcReply>(port1), methods, (bug) => bugs.push(bug));
  client.connect(portOf<RpcReply, RpcRequest>(port2));
  return { client, bugs };
}

test('a call comes back with its result', async () => {
  const { client } = joined({ double: (n: never) => Number(n) * 2 });
  expect(await Promise.all([client.call('double', 2), client.call('double', 4)])).toEqual([4, 8]);
});

test('a call that has to wait lets the next go first, and fails like any other', async () => {
  const gate = Promise.withResolvers<string>();
  const { client, bugs } = joined({
    slow: () => gate.promise,
    quick: () => 'quick',
    async refused() {
      throw new KnownError('storage-full', 'no room');
    },
  });
  const slow = client.call('slow', {});
  expect(await client.call('quick', {})).toBe('quick');
  gate.resolve('slow');
  expect(await slow).toBe('slow');
  await expect(client.call('refused', {})).rejects.toMatchObject({ code: 'storage-full' });
  expect(bugs).toEqual([]);
});

test('a known error keeps its code and remedy; a bug is reported where it happened', async () => {
  const { client, bugs } = joined({
    known() {
      throw new KnownError('not-found', 'group plex', { hint: 'Look again.' });
    },
    bug() {
      throw new TypeError('x is not a function');
    },
  });
  await expect(client.call('known', {})).rejects.toMatchObject({
    code: 'not-found',
    message: 'group plex',
    hint: 'Look again.',
  });
  await expect(client.call('bug', {})).rejects.toThrow('x is not a function');
  await expect(client.call('nothing', {})).rejects.toThrow('no such report: nothing');
  expect(bugs).toHaveLength(2);
});

test('nobody waits for a thread that is not there, or is gone', async () => {
  await expect(createRpcClient().call('search', {})).rejects.toMatchObject({ code: 'not-ready' });
  const { client } = joined(undefined);
  const call = client.call('search', {});
  client.disconnected();
  await expect(call).rejects.toMatchObject({ code: 'not-ready' });
  await expect(client.call('search', {})).rejects.toMatchObject({ code: 'not-ready' });
});

test('a call that sends for its thread waits until it has come', async () => {
  const { port1, port2 } = new MessageChannel();
  onTestFinished(() => port1.close());
  let sentFor = 0;
  const client = createRpcClient({
    onAway() {
      sentFor++;
    },
  });
  const calls = Promise.all([client.call('double', 2), client.call('double', 4)]);
  serveRpc(portOf<RpcRequest, RpcReply>(port1), { double: (n: never) => Number(n) * 2 }, () => {});
  client.connect(portOf<RpcReply, RpcRequest>(port2));
  expect(await calls).toEqual([4, 8]);
  expect(sentFor).toBe(2);
});

test('what waits for a thread that crashes on its way is told so', async () => {
  const client = createRpcClient({ onAway() {} });
  const call = client.call('search', {});
  client.disconnected();
  await expect(call).rejects.toMatchObject({ code: 'not-ready' });
});
