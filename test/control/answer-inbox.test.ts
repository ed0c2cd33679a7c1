import { expect, test } from 'vitest';
import { createAnswerInbox } from '../../src/control/answer-inbox.ts';
import type { LeaseRequest } from '../../src/ledger/lease.ts';
import type { SightingEvent } from '../../src/plane/protocol.ts';
import { ip, NOON, name } from '../store/world.ts';
import { manualClock } from '../support/manual-clock.ts';
import { settle } from '../support/settle.ts';

const sighting = (at: number): SightingEvent => ({
  at,
  groupId: 1,
  ruleId: 1,
  name: name('plex.tv'),
  chain: [],
  upstream: 'udp://192.0.2.53',
  records: [],
});
const request = (n: number): LeaseRequest => ({
  groupId: 1,
  name: name('plex.tv'),
  address: ip(`198.51.100.${n}`),
  ruleId: 1,
  cause: 'answer',
  toldUntil: NOON,
  until: NOON,
});

test('what came in one turn is written together, the sightings before the leases they justify', async () => {
  const written: [string, number][] = [];
  const inbox = createAnswerInbox(manualClock(NOON), {
    sightings: (batch) => written.push(['sightings', batch.length]),
    leases: (batch) => written.push(['leases', batch.length]),
  });
  inbox.leases([request(1)]);
  inbox.sightings([sighting(1), sighting(2)]);
  inbox.leases([request(2), request(3)]);
  expect(written).toEqual([]);
  await settle();
  expect(written).toEqual([
    ['sightings', 2],
    ['leases', 3],
  ]);
  inbox.leases([request(4)]);
  inbox.flush();
  await settle();
  expect(written.slice(2)).toEqual([['leases', 1]]);
});
