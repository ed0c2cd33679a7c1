/**
 * What may be lost: the table of the firewall, and Sallyport itself. Look-ups and connections go on meanwhile; none that was
 * told after the loss was seen comes to nothing, and nothing told before Sallyport was killed is closed.
 */
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LookUp } from '../../scripts/netns/look-ups.ts';
import { rotatingZone } from '../../scripts/netns/rotating-names.ts';
import {
  judgeLookUps,
  lookUpRotating,
  NFTABLES,
  rotate,
  strictConfig,
} from '../../scripts/netns/rotation.ts';
import { buildStage, type Sallyport, type Stage, until } from '../../scripts/netns/stage.ts';
import { routerRules } from '../../scripts/netns/topology.ts';

/** Some look-ups of each name, in four seconds. */
const SOME = { count: 80, everyMs: 50 };
/** Milliseconds a look at many addresses may take on a busy machine. */
const MARGIN_MS = 2_000;

interface Page<Item> {
  readonly items: readonly Item[];
}
interface Lease {
  readonly address: string;
  readonly until: string;
}

let stage: Stage;
let sallyport: Sallyport;
const start = () =>
  stage.startSallyport({ config: strictConfig(NFTABLES), dataDirectory: join(stage.directory, 'data') });

beforeEach(async () => {
  stage = await buildStage(rotatingZone());
  sallyport = await start();
});
afterEach(() => stage.close());

/** What ends while it is looked at may be gone or not. */
const lasting = (end: number) => end > Date.now() + 2 * MARGIN_MS;

test.each([
  ['flushed', 'flush set inet sallyport plex_v4\nflush set inet sallyport plex_v6\n'],
  ['deleted and made again', `delete table inet sallyport\n${routerRules()}`],
])(
  'a table that was %s is filled again by one sync, and nothing told from then on is dropped',
  async (_, loss) => {
    await lookUpRotating(stage, SOME);
    const underway = lookUpRotating(stage, SOME);
    await stage.run('router', ['nft', '-f', '-'], loss);
    await sallyport.api('POST', '/api/v1/firewalls/router/sync', {});
    const syncedAt = Date.now();

    const { items } = await sallyport.api<Page<Lease>>('GET', '/api/v1/leases?group=plex');
    const wanted = items.filter((lease) => lasting(Date.parse(lease.until))).map(({ address }) => address);
    expect(wanted.length).toBeGreaterThan(0);
    // What is much is put back in portions, each as soon as the one before it is in.
    await until('it holds all that is wanted', MARGIN_MS, async () => {
      const open = await stage.openAddresses();
      return wanted.every((address) => open.has(address));
    });

    const after = (await underway).filter(({ at }) => at >= syncedAt);
    expect(judgeLookUps(after)).toMatchObject({ dropped: [], told: after.length });
    const again = await rotate(stage, SOME);
    expect(again).toMatchObject({ dropped: [], told: SOME.count, droppedPackets: 0 });
  },
);

test('after kill -9 in the midst of it nothing that was told is closed', async () => {
  const before = await lookUpRotating(stage, SOME);
  const underway = lookUpRotating(stage, { count: 160, everyMs: 50 });
  // Some of those under way have their answer by now.
  await stage.ask('ready.rotating.example.net');
  await sallyport.stop('SIGKILL');
  const killedAt = Date.now();
  const told = before.filter((lookUp) => lookUp.to !== undefined && lasting(promisedUntil(lookUp)));
  expect(told.length).toBeGreaterThan(10);
  await expectOpen(told);

  sallyport = await start();
  await expectOpen(told);
  const all = await underway;
  expect(judgeLookUps(all).dropped).toEqual([]);
  expect(all.filter(({ at, to }) => at > killedAt && to !== undefined).length).toBeGreaterThan(10);
  await expectOpen(all);
  expect(await rotate(stage, SOME)).toMatchObject({ dropped: [], told: SOME.count, droppedPackets: 0 });
});

async function expectOpen(lookUps: readonly LookUp[]): Promise<void> {
  const still = lookUps.filter((lookUp) => lasting(promisedUntil(lookUp)));
  const addresses = [...new Set(still.flatMap((lookUp) => lookUp.addresses))];
  const reached = await Promise.all(addresses.map((address) => stage.connect(address)));
  expect(addresses.filter((_, i) => reached[i] !== 'connected')).toEqual([]);
}

function promisedUntil({ at, ttlS }: LookUp): number {
  return at + ttlS * 1000;
}
