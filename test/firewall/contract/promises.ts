/** What every driver promises, whatever it drives; and what it promises besides because it says that it can. */
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { describeError, KnownError } from '../../../src/base/errors.ts';
import { compareAddresses, parseIpAddress } from '../../../src/base/ip-address.ts';
import type { AliasChanges, Driver } from '../../../src/firewall/driver.ts';
import { adding, addresses, rejection, signal } from '../../contract/driver-contract.ts';

/** A firewall made for one test, and what only its maker can do to it, as far as its kind can suffer it. */
export interface FirewallUnderTest {
  readonly driver: Driver;
  /** From now on it does not answer, or not to us. */
  readonly breakDown?: () => Promise<void>;
  /** From now on calls arrive and are never answered. */
  readonly stall?: () => void;
  /** Connections that are open to it now. */
  readonly openConnections?: () => number;
  /** A driver for an alias that is not there. */
  readonly withoutAlias?: () => Driver;
  /** A driver with credentials the firewall refuses, and what must not show in any message. */
  readonly refused?: () => { readonly driver: Driver; readonly secrets: readonly string[] };
  /** What stands for packets to an address. */
  readonly knock?: (address: string) => void;
  /** The firewall fetches the list, where it does that. */
  readonly fetchList?: () => void;
  dispose(): Promise<void>;
}

/** What can happen to a kind of firewall, and so has to be borne; budget: each write of it is dear. */
export type Ability =
  | 'breakDown'
  | 'stall'
  | 'openConnections'
  | 'withoutAlias'
  | 'refused'
  | 'knock'
  | 'fetchList'
  | 'budget';

export interface Kind {
  readonly can: readonly Ability[];
  make(): Promise<FirewallUnderTest>;
}

export function driverPromises(name: string, { can, make }: Kind): void {
  /** The promises of those that can. */
  const where = (ability: Ability) => (can.includes(ability) ? test : () => {});
  describe(`the ${name} driver`, () => {
    let firewall: FirewallUnderTest;
    beforeEach(async () => {
      firewall = await make();
    });
    afterEach(async () => {
      await firewall.driver.close();
      await firewall.dispose();
    });
    const read = () => firewall.driver.read(signal());
    const apply = (changes: Partial<AliasChanges>) =>
      firewall.driver.apply({ add: [], renew: [], remove: [], ...changes }, signal());
    const held = async () => [...(await read()).keys()].sort(compareAddresses);
    const capabilities = () => firewall.driver.capabilities;

    test('reads an alias that holds nothing as empty', async () => {
      expect(await held()).toEqual([]);
    });

    test('holds what was applied, IPv4 and IPv6 alike', async () => {
      await apply({ add: adding('192.0.2.7', '2001:db8::7') });
      expect(await held()).toEqual(['192.0.2.7', '2001:db8::7']);
    });

    test('removes what is to be removed and leaves the rest', async () => {
      await apply({ add: adding('192.0.2.7', '192.0.2.8', '2001:db8::7', '2001:db8::8') });
      await apply({ add: adding('192.0.2.9'), remove: addresses('192.0.2.7', '2001:db8::8') });
      expect(await held()).toEqual(['192.0.2.8', '192.0.2.9', '2001:db8::7']);
    });

    test('may be told the same twice', async () => {
      const changes = { add: adding('192.0.2.7', '2001:db8::7') };
      await apply(changes);
      await apply(changes);
      expect(await held()).toEqual(['192.0.2.7', '2001:db8::7']);
      await apply({ remove: addresses('192.0.2.7') });
      await apply({ remove: addresses('192.0.2.7') });
      expect(await held()).toEqual(['2001:db8::7']);
    });

    test('does not mind removing what was never there', async () => {
      await apply({ add: adding('192.0.2.7'), remove: addresses('198.51.100.1', '2001:db8::dead') });
      expect(await held()).toEqual(['192.0.2.7']);
    });

    test('can be emptied', async () => {
      await apply({ add: adding('192.0.2.7', '2001:db8::7') });
      await apply({ remove: addresses('192.0.2.7', '2001:db8::7') });
      expect(await held()).toEqual([]);
    });

    test('accepts having nothing to do', async () => {
      await apply({});
      expect(await held()).toEqual([]);
    });

    test('answers with canonical addresses', async () => {
      await apply({ add: adding('2001:0db8:0000:0000:0001:0000:0000:0001', '2001:DB8::A') });
      expect(await held()).toEqual(['2001:db8::a', '2001:db8::1:0:0:1']);
    });

    test('holds two hundred addresses', async () => {
      const many = Array.from({ length: 100 }, (_, i) => [`198.51.100.${i}`, `2001:db8::${i + 1}`]).flat();
      await apply({ add: adding(...many) });
      expect(await held()).toEqual(addresses(...many).sort(compareAddresses));
    });

    where('breakDown')('never calls a firewall that does not answer empty', async () => {
      await apply({ add: adding('192.0.2.7') });
      await firewall.breakDown?.();
      await expect(read()).rejects.toThrow();
      await expect(apply({ add: adding('192.0.2.8') })).rejects.toThrow();
    });

    test('stops when told to', async () => {
      const reason = new Error('enough');
      await expect(firewall.driver.read(AbortSignal.abort(reason))).rejects.toBe(reason);
    });

    test('gives entries an end exactly when it says that they expire', async () => {
      await apply({ add: adding('192.0.2.7') });
      const [entry] = (await read()).values();
      expect(entry?.expiresInMs !== undefined).toBe(firewall.driver.capabilities.expires);
    });

    test('renews what ends by itself', async () => {
      await apply({ add: [{ address: parseIpAddress('192.0.2.7'), forMs: 60_000 }] });
      await apply({ renew: [{ address: parseIpAddress('192.0.2.7'), forMs: 600_000 }] });
      const [entry] = (await read()).values();
      if (firewall.driver.capabilities.expires) expect(entry?.expiresInMs).toBeGreaterThan(590_000);
      else expect(entry).toBeDefined();
    });

    test('opens what is new and tells until when it holds it, where it can; what is there already is renewed', async () => {
      const open = async (...texts: string[]) => {
        const additions = adding(...texts);
        const told = await firewall.driver.open?.(additions, signal());
        if (told === undefined) await apply({ add: additions });
        return told ?? (await read());
      };
      expect([...(await open('192.0.2.7', '2001:db8::7')).keys()].sort(compareAddresses)).toEqual(
        await held(),
      );
      await apply({ renew: [{ address: parseIpAddress('192.0.2.7'), forMs: 60_000 }] });
      const [entry] = (await open('192.0.2.7', '192.0.2.8')).values();
      expect(await held()).toEqual(['192.0.2.7', '192.0.2.8', '2001:db8::7']);
      if (firewall.driver.capabilities.expires) expect(entry?.expiresInMs).toBeGreaterThan(590_000);
    });

    test('examines itself without changing anything', async () => {
      await apply({ add: adding('192.0.2.7') });
      const findings = await firewall.driver.examine(signal());
      expect(findings.map(({ check }) => check)).toContain('rule-uses-alias');
      for (const { result, remedy } of findings) if (result === 'unknown') expect(remedy).toBeDefined();
      expect(await held()).toEqual(['192.0.2.7']);
    });

    where('stall')('stops in the middle when told to', async () => {
      await apply({ add: adding('192.0.2.7') });
      firewall.stall?.();
      const [reading, writing] = [new AbortController(), new AbortController()];
      const outcomes = [
        rejection(firewall.driver.read(reading.signal)),
        rejection(firewall.driver.apply({ add: adding('192.0.2.8'), renew: [], remove: [] }, writing.signal)),
      ];
      const reason = new Error('enough');
      reading.abort(reason);
      writing.abort(reason);
      for (const error of await Promise.all(outcomes)) expect(error).toBe(reason);
    });

    where('openConnections')('lets go of its connections when it is closed', async () => {
      const openConnections = firewall.openConnections ?? nothing();
      await apply({ add: adding('192.0.2.7', '192.0.2.8', '2001:db8::7') });
      await read();
      expect(openConnections()).toBeGreaterThan(0);
      await firewall.driver.close();
      // The other end hears of it a moment later.
      while (openConnections() !== 0) await new Promise(setImmediate);
    });

    where('withoutAlias')('does not call an alias empty that is not there', async () => {
      const other = firewall.withoutAlias?.() ?? nothing();
      const error = await rejection<KnownError>(other.read(signal()));
      await other.close();
      expect(error).toBeInstanceOf(KnownError);
      expect(error.code).toBe('firewall-alias-missing');
      expect(error.hint).toBeDefined();
    });

    where('refused')('says that it is refused, what to do about it, and no secret', async () => {
      const { driver, secrets } = firewall.refused?.() ?? nothing();
      const changes = { add: adding('192.0.2.7'), renew: [], remove: [] };
      const errors = [
        await rejection<KnownError>(driver.read(signal())),
        await rejection<KnownError>(driver.apply(changes, signal())),
      ];
      const findings = await driver.examine(signal());
      await driver.close();
      for (const error of errors) {
        expect(error.code).toBe('firewall-refused-key');
        expect(error.hint).toBeDefined();
        expectNone(secrets, inspect(error, { depth: 8, showHidden: true }), describeError(error));
      }
      expect(findings).toContainEqual(expect.objectContaining({ check: 'key', result: 'failed' }));
      expectNone(secrets, JSON.stringify(findings), inspect(driver, { depth: 8 }));
    });

    where('knock')('counts packets where it says so', async () => {
      expect(capabilities().counters).toBe(true);
      await apply({ add: adding('192.0.2.7', '192.0.2.8') });
      const before = (await read()).get(parseIpAddress('192.0.2.7'))?.packets ?? 0;
      firewall.knock?.('192.0.2.7');
      const after = await read();
      expect(after.get(parseIpAddress('192.0.2.7'))?.packets).toBeGreaterThan(before);
      expect(after.get(parseIpAddress('192.0.2.8'))?.packets ?? 0).toBe(0);
    });

    where('fetchList')('confirms what the firewall has fetched, where it fetches', async () => {
      expect(capabilities().confirms).toBe('pull');
      await apply({ add: adding('192.0.2.7') });
      expect([...(await read()).values()]).toEqual([{ fetched: false }]);
      firewall.fetchList?.();
      await apply({ add: adding('192.0.2.8') });
      expect([...(await read()).values()]).toEqual([{ fetched: true }, { fetched: false }]);
    });

    test('names a budget exactly when its writes cost the owner something, and one that lets it write', () => {
      const { writeBudget } = capabilities();
      expect(writeBudget !== undefined).toBe(can.includes('budget'));
      if (writeBudget === undefined) return;
      expect(writeBudget.burst).toBeGreaterThanOrEqual(1);
      expect(writeBudget.refillMs).toBeGreaterThan(0);
      expect(writeBudget.refillMs).toBeLessThan(HOUR_MS);
    });
  });
}

/** Longer than a client waits for a budget to fill is as good as never. */
const HOUR_MS = 3_600_000;

function nothing(): never {
  throw new Error('it was said to be able to');
}

/** Nor in the form they have in a header. */
function expectNone(secrets: readonly string[], ...texts: readonly string[]): void {
  for (const text of texts) {
    for (const secret of secrets) {
      expect(text).not.toContain(secret);
      expect(text).not.toContain(Buffer.from(secret).toString('base64').replace(/=+$/, ''));
    }
  }
}
