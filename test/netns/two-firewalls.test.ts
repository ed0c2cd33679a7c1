/**
 * Two firewalls in a row, each with sets of its own in the kernel: a packet passes when both hold its address. The second one
 * is a simulated OPNsense that can be made to lie and to fail; what is told is never more than both were read to hold.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROTATING_DOMAIN, rotatingZone } from '../../scripts/netns/rotating-names.ts';
import {
  NFTABLES,
  OPNSENSE_PORT,
  opnsense,
  rotate,
  SHORT_BY_CALL,
  strictConfig,
} from '../../scripts/netns/rotation.ts';
import { buildStage, type Sallyport, type Stage, until } from '../../scripts/netns/stage.ts';
import { routerRules } from '../../scripts/netns/topology.ts';
import type { Firewall } from '../../src/api/contract/firewalls.ts';

/** Every answer has other addresses, so that there is always something to open. */
const FRESH = `fresh-1s.${ROTATING_DOMAIN}`;
/** Told for half a minute: still good when the firewall is not. */
const STEADY = `disjoint-30s.${ROTATING_DOMAIN}`;

let stage: Stage;
let sallyport: Sallyport;

beforeAll(async () => {
  stage = await buildStage(rotatingZone(), { rules: routerRules({ aliases: ['plex', 'second'] }) });
  await stage.router.do('serveOpnsense', {
    port: OPNSENSE_PORT,
    alias: 'second',
    switches: { latencyMs: 40 },
  });
  sallyport = await stage.startSallyport({
    config: strictConfig(`${NFTABLES}${opnsense('second')}`, SHORT_BY_CALL),
    dataDirectory: join(stage.directory, 'data'),
  });
});
afterAll(() => stage.close());

const states = async () => {
  const { items } = await sallyport.api<{ items: readonly Firewall[] }>('GET', '/api/v1/firewalls');
  return Object.fromEntries(items.map(({ name, state }) => [name, state]));
};
/** Addresses under a lease that a firewall does not hold. */
const lacking = async (firewall: 'router' | 'edge') => {
  const { items } = await sallyport.api<{ items: readonly { address: string }[] }>('GET', '/api/v1/leases');
  const open = await stage.openAddresses(firewall === 'router' ? 'plex' : 'second');
  return items.filter(({ address }) => !open.has(address));
};
const told = async (name: string) => {
  const answer = await stage.ask(name);
  if (answer === 'silent') throw new Error(`${name} was not answered`);
  return answer;
};
/** Asks until it is told, as a client does that got no answer. */
const toldAtLast = async (name: string): Promise<readonly string[]> => {
  let addresses: readonly string[] = [];
  await until(`${name} is told`, 30_000, async () => {
    ({ addresses } = await told(name));
    return addresses.length > 0;
  });
  return addresses;
};

test('what is told is in the sets of both', async () => {
  const result = await rotate(stage, { count: 100, everyMs: 80 });
  expect(result).toMatchObject({ dropped: [], droppedPackets: 0 });
  expect(result.told).toBeGreaterThan(50);
  const addresses = await toldAtLast(FRESH);
  for (const alias of ['plex', 'second']) {
    const open = await stage.openAddresses(alias);
    expect(addresses.filter((address) => !open.has(address))).toEqual([]);
  }
  expect(await states()).toEqual({ router: 'up', edge: 'up' });
});

test.each([
  ['says yes and does nothing', { doneDoesNothing: true }, { doneDoesNothing: false }, 'behind'],
  ['answers with a failure', { htmlFatal: true }, { htmlFatal: false }, 'down'],
] as const)(
  'while one of them %s nothing new is told, and what was told goes on',
  async (_, broken, mended, state) => {
    const [steady = ''] = (await told(STEADY)).addresses;
    await toldAtLast(FRESH);
    const dropped = await stage.droppedPackets();
    await stage.router.do('setOpnsense', { switches: broken });
    // Asked all the while, so that there is always something to open.
    await until(`it is ${state}`, 20_000, async () => {
      await told(FRESH);
      return (await states())['edge'] === state;
    });
    expect((await states())['router']).toBe('up');
    // Each answer of the upstream has other addresses: of an earlier one is told what both still hold, or nothing is.
    for (let times = 0; times < 5; times++) {
      const open = await stage.openAddresses('second');
      const { rcode, addresses } = await told(FRESH);
      expect(addresses.length > 0 ? 'NOERROR' : 'SERVFAIL').toBe(rcode);
      expect(addresses.filter((address) => !open.has(address))).toEqual([]);
    }
    expect(await stage.connect(steady)).toBe('connected');
    // The other one is kept in step all the same: what is wanted now is in its sets.
    await until('the other holds what is wanted', 10_000, async () => (await lacking('router')).length === 0);
    expect((await lacking('edge')).length).toBeGreaterThan(0);

    await stage.router.do('setOpnsense', { switches: mended });
    for (const address of await toldAtLast(FRESH)) expect(await stage.connect(address)).toBe('connected');
    await until('both are up', 30_000, async () =>
      Object.values(await states()).every((one) => one === 'up'),
    );
    expect(await stage.droppedPackets()).toBe(dropped);
  },
);
