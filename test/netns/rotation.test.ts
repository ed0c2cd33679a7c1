/**
 * Names that rotate, 500 look-ups, each followed at once by a connection: not one of them is dropped, with the kernel's own
 * sets and with an OPNsense that takes 40 ms a call. The counter of the packet filter is the witness, not only the client.
 */
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { ROTATING, rotatingZone } from '../../scripts/netns/rotating-names.ts';
import {
  NFTABLES,
  OPNSENSE_PORT,
  opnsense,
  type RotationResult,
  rotate,
  SHORT_BY_CALL,
  startDnsmasq,
  strictConfig,
} from '../../scripts/netns/rotation.ts';
import { buildStage, type Stage } from '../../scripts/netns/stage.ts';
import { routerRules } from '../../scripts/netns/topology.ts';

const LOOK_UPS = 500;
/** Share: in strict mode an answer that could not be confirmed in time fails, which a busy machine may bring about. */
const LEAST_TOLD = 0.95;
/** Milliseconds from one to the next: the run is longer than the longest TTL, so that every name has rotated. */
const EVERY_MS = 80;

let stage: Stage | undefined;
afterEach(() => stage?.close());

function expectNothingDropped(result: RotationResult): void {
  expect(result).toMatchObject({ asked: LOOK_UPS, dropped: [], droppedPackets: 0 });
  expect(result.told, JSON.stringify(result.untold)).toBeGreaterThanOrEqual(LOOK_UPS * LEAST_TOLD);
  // Not the same few over and over: the names did rotate.
  expect(result.addresses).toBeGreaterThan(2 * ROTATING.length);
}

test('with nftables in strict mode no connection is dropped', { timeout: 90_000 }, async () => {
  stage = await buildStage(rotatingZone());
  await stage.startSallyport({
    config: strictConfig(NFTABLES),
    dataDirectory: join(stage.directory, 'data'),
  });
  expectNothingDropped(await rotate(stage, { count: LOOK_UPS, everyMs: EVERY_MS }));
});

test('with an OPNsense that takes 40 ms a call no connection is dropped', { timeout: 90_000 }, async () => {
  stage = await buildStage(rotatingZone());
  await stage.router.do('serveOpnsense', {
    port: OPNSENSE_PORT,
    alias: 'plex',
    switches: { latencyMs: 40 },
  });
  await stage.startSallyport({
    config: strictConfig(opnsense('plex'), SHORT_BY_CALL),
    dataDirectory: join(stage.directory, 'data'),
  });
  expectNothingDropped(await rotate(stage, { count: LOOK_UPS, everyMs: EVERY_MS }));
});

test('the same look-ups see what dnsmasq closes too early', { timeout: 60_000 }, async () => {
  const names = ROTATING.filter(({ ttl }) => ttl <= 5);
  stage = await buildStage(rotatingZone(), { rules: routerRules({ elementTimeout: '5s' }) });
  await startDnsmasq(stage);
  const result = await rotate(stage, { names, count: 200, everyMs: EVERY_MS });
  expect(result.dropped.length).toBeGreaterThan(0);
  expect(result.droppedPackets).toBeGreaterThanOrEqual(result.dropped.length);
});
