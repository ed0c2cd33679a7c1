import { describe, expect, onTestFinished, test } from 'vitest';
import { type SimRequest, serve } from '../../scripts/simulators/server.ts';
import { Secret } from '../../src/base/secret.ts';
import type { FirewallConfig } from '../../src/firewall/config.ts';
import { createKeyLockouts } from '../../src/firewall/key-lockout.ts';
import { createDriver } from '../../src/firewall/registry.ts';
import { rejection, signal } from '../contract/driver-contract.ts';
import { manualClock } from '../support/manual-clock.ts';

/** A box that knows one key, and counts what comes with another. */
async function box(isRight: (request: SimRequest) => boolean = () => false) {
  const seen = { wrong: 0 };
  const clock = manualClock(0);
  const json = { 'content-type': 'application/json' };
  const server = await serve(async (request) => {
    if (isRight(request)) {
      const body = JSON.stringify({ response_id: 'SUCCESS', message: '', data: { entries: [] } });
      return { status: 200, headers: json, body };
    }
    seen.wrong++;
    const body = JSON.stringify({ response_id: 'AUTH_AUTHENTICATION_FAILED', message: 'no', data: [] });
    return { status: 401, headers: json, body };
  }, {});
  onTestFinished(() => server.close());
  const lockouts = createKeyLockouts(clock);
  const driver = (config: Pick<FirewallConfig, 'driver' | 'alias'> & Partial<FirewallConfig>) => {
    const made = createDriver(
      {
        name: config.alias,
        url: server.url,
        key: new Secret('wrong'),
        secret: new Secret('wrong too'),
        ...config,
      },
      { clock, lockouts },
    );
    onTestFinished(() => made.close());
    return made;
  };
  return { driver, seen };
}

describe('a key that was refused', () => {
  test.each(['pfsense', 'opnsense', 'mikrotik', 'webhook'] as const)(
    'is tried once, however many aliases of one %s have it',
    async (kind) => {
      const { driver, seen } = await box();
      for (const alias of ['Plex_A', 'Plex_B', 'Plex_C', 'Plex_D']) {
        const error = await rejection(driver({ driver: kind, alias }).read(signal()));
        expect(error).toMatchObject({ code: 'firewall-refused-key' });
      }
      expect(seen.wrong).toBe(1);
    },
  );

  test('keeps no alias that has another one from being asked', async () => {
    const { driver, seen } = await box(({ headers }) => headers['x-api-key'] === 'right');
    const wrong = driver({ driver: 'pfsense', alias: 'Plex_A' });
    const right = driver({ driver: 'pfsense', alias: 'Plex_B', key: new Secret('right') });
    await rejection(wrong.read(signal()));
    expect((await right.read(signal())).size).toBe(0);
    await rejection(wrong.read(signal()));
    expect(seen.wrong).toBe(1);
  });
});
