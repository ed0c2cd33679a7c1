/** What a write to pfSense has stored, and its reload did not load: finished, taken back, and told from other people's work. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { DEFAULT_USER, start } from '../../scripts/simulators/pfsense.ts';
import { Secret } from '../../src/base/secret.ts';
import { createPfsenseDriver } from '../../src/firewall/pfsense/driver.ts';
import { manualClock } from '../support/manual-clock.ts';
import { ip, START, stage } from '../sync/stage.ts';

const alias = (name: string, address: readonly string[] = []) => ({
  name,
  type: 'host',
  descr: '',
  address,
  detail: [],
});

/** One box, and a sync for each of our aliases on it; `restarted`: as after a restart of ours, with the same box. */
async function box(...names: readonly string[]) {
  const clock = manualClock(START);
  const simulator = await start({
    aliases: [...names.map((name) => alias(name)), alias('Other_Alias', ['203.0.113.9'])],
    switches: { reloadMs: 1 },
  });
  onTestFinished(() => simulator.close());
  const syncOf = (name: string) =>
    stage(
      {},
      {
        clock,
        driver: createPfsenseDriver({
          url: simulator.url,
          key: new Secret(DEFAULT_USER.key),
          alias: name,
          tls: {},
          clock,
          reload: { pollMs: 2, limitMs: 30 },
        }),
      },
    );
  return {
    simulator,
    syncOf,
    syncs: names.map(syncOf),
    stored: (name: string) => simulator.state.aliases.find((one) => one.name === name)?.address,
    /** Half-done work of somebody's, not applied. */
    edit() {
      const others = simulator.state.aliases.filter(({ name }) => name !== 'Other_Alias');
      simulator.state.store([...others, alias('Other_Alias', ['203.0.113.66'])]);
    },
    editsAreApplied: () => simulator.table('Other_Alias')?.includes('203.0.113.66') === true,
    calls: () => simulator.state.requests.splice(0).filter((line) => !line.startsWith('GET')),
  };
}

type Sync = ReturnType<typeof stage>;

/** One address is open; another is stored, and the reload for it fails. */
async function afterFailedReload(
  { simulator, calls }: Pick<Awaited<ReturnType<typeof box>>, 'simulator' | 'calls'>,
  { sync, want }: Sync,
) {
  want(1);
  await sync.run('start');
  simulator.set({ reloadFails: true });
  want(66);
  await sync.run('nudge');
  expect(sync.status()).toMatchObject({ state: 'down' });
  simulator.set({ reloadFails: false });
  calls();
}

describe('an address that was revoked after its reload had failed', () => {
  test('is taken out of the configuration too, and nothing is left to apply', async () => {
    const here = await box('Plex_Allowed');
    const [one] = here.syncs as [Sync];
    await afterFailedReload(here, one);
    one.end(66, 'revoked', true);
    await one.sync.run('schedule');
    expect(here.stored('Plex_Allowed')).toEqual([ip(1)]);
    expect([...here.simulator.state.dirty]).toEqual([]);
    expect(one.sync.status()).toMatchObject({ state: 'up' });
    here.simulator.reboot();
    expect(here.simulator.table('Plex_Allowed')).toEqual([ip(1)]);
    // Once: another run has nothing to do.
    here.calls();
    await one.sync.run('schedule');
    expect(here.calls()).toEqual([]);
  });

  test('after a restart of ours as well', async () => {
    const here = await box('Plex_Allowed');
    const [one] = here.syncs as [Sync];
    await afterFailedReload(here, one);
    const after = here.syncOf('Plex_Allowed');
    after.want(1);
    await after.sync.run('start');
    expect(here.stored('Plex_Allowed')).toEqual([ip(1)]);
    expect([...here.simulator.state.dirty]).toEqual([]);
  });

  test('with one write, however often the reload for that fails again', async () => {
    const here = await box('Plex_Allowed');
    const [one] = here.syncs as [Sync];
    await afterFailedReload(here, one);
    here.simulator.set({ reloadFails: true });
    one.end(66, 'revoked', true);
    for (let n = 0; n < 3; n++) await one.sync.run('schedule');
    expect(here.calls().filter((line) => line.startsWith('PATCH'))).toHaveLength(1);
    expect(one.sync.status()).toMatchObject({ state: 'down' });
    expect(here.stored('Plex_Allowed')).toEqual([ip(1)]);
    here.simulator.set({ reloadFails: false });
    await one.sync.run('schedule');
    expect([...here.simulator.state.dirty]).toEqual([]);
    expect(one.sync.status()).toMatchObject({ state: 'up' });
  });

  test('though somebody has other work waiting, which stays as it is', async () => {
    const here = await box('Plex_Allowed');
    const [one] = here.syncs as [Sync];
    await afterFailedReload(here, one);
    one.end(66, 'revoked', true);
    here.simulator.state.dirty.add('filter');
    for (let n = 0; n < 2; n++) await one.sync.run('schedule');
    expect(here.stored('Plex_Allowed')).toEqual([ip(1)]);
    expect([...here.simulator.state.dirty].sort()).toEqual(['aliases', 'filter']);
  });

  test('keeps no other alias of ours from being written', async () => {
    const here = await box('Plex_A', 'Plex_B');
    const [a, b] = here.syncs as [Sync, Sync];
    await b.sync.run('start');
    await afterFailedReload(here, a);
    a.end(66);
    await a.sync.run('schedule');
    b.want(2);
    await b.sync.run('schedule');
    expect(here.simulator.table('Plex_B')).toEqual([ip(2)]);
    expect(b.sync.status()).toMatchObject({ state: 'up' });
  });
});

test('what is still wanted after a failed reload is loaded without another write', async () => {
  const here = await box('Plex_Allowed');
  const [one] = here.syncs as [Sync];
  await afterFailedReload(here, one);
  await one.sync.run('schedule');
  expect(here.simulator.table('Plex_Allowed')).toEqual([ip(1), ip(66)]);
  expect(here.calls()).toEqual(['POST /api/v2/firewall/apply']);
});

describe('half-done work of somebody else is not applied', () => {
  test('when they had applied ours before', async () => {
    const here = await box('Plex_Allowed');
    const [one] = here.syncs as [Sync];
    await afterFailedReload(here, one);
    await here.simulator.state.reload();
    here.edit();
    one.want(3);
    await one.sync.run('schedule');
    expect(here.editsAreApplied()).toBe(false);
    expect(one.sync.status().lastError).toMatch(/Somebody's changes wait to be applied/);
  });

  test('when they had applied what took ours back', async () => {
    const here = await box('Plex_Allowed');
    const [one] = here.syncs as [Sync];
    await afterFailedReload(here, one);
    here.simulator.set({ reloadFails: true });
    one.end(66, 'revoked', true);
    await one.sync.run('schedule');
    here.simulator.set({ reloadFails: false });
    await here.simulator.state.reload();
    await one.sync.run('schedule');
    here.edit();
    one.want(3);
    await one.sync.run('schedule');
    expect(here.editsAreApplied()).toBe(false);
  });

  test('when nothing of ours is to be done', async () => {
    const here = await box('Plex_Allowed');
    const [one] = here.syncs as [Sync];
    one.want(1);
    await one.sync.run('start');
    here.edit();
    await one.sync.run('schedule');
    const after = here.syncOf('Plex_Allowed');
    after.want(1);
    await after.sync.run('start');
    expect(here.editsAreApplied()).toBe(false);
    expect(after.sync.status()).toMatchObject({ state: 'up' });
  });
});
