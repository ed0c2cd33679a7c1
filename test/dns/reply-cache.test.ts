import { expect, test } from 'vitest';
import { parseIpAddress } from '../../src/base/ip-address.ts';
import type { QueryContext } from '../../src/dns/query-context.ts';
import { noData } from '../../src/dns/refusal.ts';
import { createReplyCache } from '../../src/dns/reply-cache.ts';
import { patchableReply } from '../../src/dns/wire/patch.ts';
import { writeReply } from '../../src/dns/wire/write.ts';
import { CLIENT, groupSnapshot } from './room.ts';
import { name, packet, queryFrom, question } from './wire/packets.ts';

test('a kept reply keeps nothing of what its question came in with', () => {
  const octets = packet({ questions: [question(Buffer.from(name('plex.tv'), 'latin1'))] });
  const read = Buffer.concat([octets, Buffer.alloc(200_000)]).subarray(0, octets.length);
  const query = queryFrom(read);
  const outcome = noData(name('plex.tv'), 'local');
  const group = groupSnapshot();
  const context = { query, group } as unknown as QueryContext;
  const replies = createReplyCache(() => group);
  const asker = replies.askerOf(parseIpAddress(CLIENT), 'tcp');
  const patchable = patchableReply(writeReply({ query, ...outcome, limit: 512 }));
  replies.keep(asker, read, { patchable, told: { context, outcome }, writtenAt: 0, until: 1000 });

  const [kept] = asker.replies.values();
  expect(kept?.patchable.octets.buffer.byteLength).toBe(patchable.octets.length);
  expect(kept?.told.context.query.qnameOctets.buffer.byteLength).toBe(query.qnameOctets.length);
  expect(replies.find(asker, octets, 500)?.octets).toEqual(patchable.octets);
});
