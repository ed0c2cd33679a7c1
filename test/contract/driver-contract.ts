import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { compareAddresses, type IpAddress, parseIpAddress } from '../../src/base/ip-address.ts';
import type { AliasChanges, Driver } from '../../src/firewall/driver.ts';

/** A firewall made for one test, and the two things only its maker can do to it. */
export interface FirewallUnderTest {
  readonly driver: Driver;
  /** From now on it does not answer, or not to us. */
  breakDown(): Promise<void>;
  dispose(): Promise<void>;
}

/** What every driver promises, whatever it drives. */
export function driverContract(name: string, make: () => Promise<FirewallUnderTest>): void {
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

    test('never calls a firewall that does not answer empty', async () => {
      await apply({ add: adding('192.0.2.7') });
      await firewall.breakDown();
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
  });
}

export function signal(): AbortSignal {
  return new AbortController().signal;
}

export function addresses(...texts: string[]): IpAddress[] {
  return texts.map(parseIpAddress);
}

export function adding(...texts: string[]) {
  return addresses(...texts).map((address) => ({ address, forMs: 600_000 }));
}

export function changes(given: Partial<AliasChanges>): AliasChanges {
  return { add: [], renew: [], remove: [], ...given };
}

/** What a promise was rejected with; fails when it was not. */
export async function rejection<T extends Error = Error>(promise: Promise<unknown>): Promise<T> {
  try {
    await promise;
  } catch (error) {
    return error as T;
  }
  throw new Error('it was expected to be rejected');
}
