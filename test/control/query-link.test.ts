import { expect, test } from 'vitest';
import { createQueryLink } from '../../src/control/query-link.ts';
import type { Port } from '../../src/plane/port.ts';
import type { RpcReply, RpcRequest } from '../../src/plane/rpc.ts';
import { manualClock } from '../support/manual-clock.ts';

/** The other end: answers when the test says so. */
function queryThread() {
  let hear: (reply: RpcReply) => void = () => {};
  const asked: RpcRequest[] = [];
  const port: Port<RpcReply, RpcRequest> = {
    post: (request) => void asked.push(request),
    listen(listener) {
      hear = listener;
    },
    close() {},
  };
  return { port, asked, answer: () => hear({ id: asked.at(-1)?.id ?? 0, result: { items: [] } }) };
}

const MINUTE = 60_000;

test('the query thread is sent for by the first report, and let go when none was asked for some minutes', async () => {
  const clock = manualClock();
  const needs: string[] = [];
  const link = createQueryLink(clock, (kind) => needs.push(kind));
  clock.advance(60 * MINUTE);
  expect(needs).toEqual([]);

  const first = link.search({ limit: 1 });
  expect(needs).toEqual(['wanted']);
  const thread = queryThread();
  link.connect(thread.port);
  thread.answer();
  await first;

  clock.advance(4 * MINUTE);
  const second = link.search({ limit: 1 });
  thread.answer();
  await second;
  clock.advance(4 * MINUTE);
  expect(needs).toEqual(['wanted']);
  clock.advance(2 * MINUTE);
  expect(needs).toEqual(['wanted', 'unwanted']);

  void link.search({ limit: 1 });
  expect(needs).toEqual(['wanted', 'unwanted', 'wanted']);
  expect(thread.asked).toHaveLength(2);
});

test('a report that takes long keeps its thread', async () => {
  const clock = manualClock();
  const needs: string[] = [];
  const link = createQueryLink(clock, (kind) => needs.push(kind));
  const thread = queryThread();
  link.connect(thread.port);
  const report = link.search({ limit: 1 });
  clock.advance(30 * MINUTE);
  expect(needs).toEqual([]);
  thread.answer();
  await report;
  clock.advance(6 * MINUTE);
  expect(needs).toEqual(['unwanted']);
});

test('a control plane that finds the query thread running lets it go as well', () => {
  const clock = manualClock();
  const needs: string[] = [];
  const link = createQueryLink(clock, (kind) => needs.push(kind));
  link.connect(queryThread().port);
  clock.advance(6 * MINUTE);
  expect(needs).toEqual(['unwanted']);
});
