// Real sets in the kernel, in a network namespace made for each test. Needs root, nft and ip.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import type { KnownError } from '../../src/base/errors.ts';
import { parseIpAddress } from '../../src/base/ip-address.ts';
import { checkFirewallConfig } from '../../src/firewall/config.ts';
import { createNftablesDriver } from '../../src/firewall/nftables/driver.ts';
import { adding, addresses, changes, rejection, signal } from '../contract/driver-contract.ts';

const made = new Set<string>();
let count = 0;
const TABLE = 'inet sallyport';

function namespace() {
  const name = `sp-nft-${process.pid}-${count++}`;
  execFileSync('ip', ['netns', 'add', name]);
  made.add(name);
  const command = ['ip', 'netns', 'exec', name, 'nft'];
  const remove = () => {
    if (made.delete(name)) execFileSync('ip', ['netns', 'del', name]);
  };
  return {
    name,
    command,
    remove,
    /** As a person at a shell would. */
    nft: (script: string) => execFileSync('ip', [...command.slice(1), '-f', '-'], { input: `${script}\n` }),
    tries: (script: string) =>
      spawnSync('ip', [...command.slice(1), '-f', '-'], { input: `${script}\n`, encoding: 'utf8' }),
    driver: createNftablesDriver({ alias: 'plex', table: TABLE, command }),
  };
}

afterEach(() => {
  for (const name of made) execFileSync('ip', ['netns', 'del', name]);
  made.clear();
});

const TWO_SETS = `add table ${TABLE}
add set ${TABLE} plex_v4 { type ipv4_addr; flags timeout; }
add set ${TABLE} plex_v6 { type ipv6_addr; flags timeout; }`;

describe('what the kernel does, and the driver builds on', () => {
  const seconds = (box: ReturnType<typeof namespace>) => {
    const listed = execFileSync(
      'ip',
      [...box.command.slice(1), '-j', 'list', 'set', 'inet', 'sallyport', 'plex_v4'],
      {
        encoding: 'utf8',
      },
    );
    return Number(/"expires": (\d+)/.exec(listed)?.[1]);
  };
  const element = (rest: string) => `add element ${TABLE} plex_v4 { 192.0.2.1 ${rest} }`;

  test('an element that is added again with the same time-out is not renewed', async () => {
    const box = namespace();
    box.nft(`${TWO_SETS}\n${element('timeout 60s expires 10s')}`);
    box.nft(element('timeout 60s'));
    expect(seconds(box)).toBeLessThanOrEqual(10);
  });

  test('add, delete, add in one transaction renews it, and works where it is absent', () => {
    const box = namespace();
    const renew = `${element('')}\ndelete element ${TABLE} plex_v4 { 192.0.2.1 }\n${element('timeout 60s')}`;
    box.nft(`${TWO_SETS}\n${element('timeout 60s expires 10s')}`);
    box.nft(renew);
    expect(seconds(box)).toBeGreaterThan(50);
    box.nft(`flush set ${TABLE} plex_v4`);
    box.nft(renew);
    expect(seconds(box)).toBeGreaterThan(50);
  });

  test('a missing element fails the whole transaction', () => {
    const box = namespace();
    box.nft(TWO_SETS);
    const { status } = box.tries(`${element('timeout 60s')}\ndelete element ${TABLE} plex_v4 { 192.0.2.99 }`);
    expect(status).not.toBe(0);
    expect(box.tries(`delete element ${TABLE} plex_v4 { 192.0.2.1 }`).status).not.toBe(0);
  });
});

test('an ordinary user with CAP_NET_ADMIN is enough for everything', async () => {
  const { name } = namespace();
  const command = [
    'nsenter',
    `--net=/run/netns/${name}`,
    'setpriv',
    '--reuid=65534',
    '--regid=65534',
    '--clear-groups',
    '--inh-caps=-all,+net_admin',
    '--ambient-caps=-all,+net_admin',
    '--bounding-set=-all,+net_admin',
    'nft',
  ];
  const driver = createNftablesDriver({ alias: 'plex', table: TABLE, command });
  await driver.apply(changes({ add: adding('192.0.2.1', '2001:db8::1') }), signal());
  expect((await driver.open?.(adding('192.0.2.2'), signal()))?.size).toBe(1);
  await driver.apply(changes({ remove: addresses('192.0.2.1') }), signal());
  expect([...(await driver.read(signal())).keys()].sort()).toEqual(['192.0.2.2', '2001:db8::1']);
  expect(await driver.examine(signal())).toContainEqual(
    expect.objectContaining({ check: 'privileges', result: 'ok' }),
  );
  await driver.close();
});

describe('a table of another program is refused', () => {
  test.each(['inet firewalld', 'ip filter', 'ip6 nat', 'ip libvirt_network'])('%s', (table) => {
    const [problem] = checkFirewallConfig({ name: 'here', driver: 'nftables', alias: 'plex', table });
    expect(problem).toMatchObject({
      key: 'table',
      message: expect.stringMatching(/make a table of your own/),
    });
  });

  test('and so is one that another process owns', async () => {
    const { driver, name } = namespace();
    const owner = spawn('ip', ['netns', 'exec', name, 'nft', '-i'], { stdio: ['pipe', 'pipe', 'ignore'] });
    const ended = once(owner, 'close');
    owner.stdin.write(`add table ${TABLE} { flags owner; }\nlist tables\n`);
    await once(owner.stdout, 'data');
    const error = await rejection<KnownError>(driver.apply(changes({ add: adding('192.0.2.1') }), signal()));
    owner.stdin.end();
    await ended;
    expect(error.code).toBe('firewall-misconfigured');
    expect(error.message).toMatch(/^The table of the sets belongs to another program$/);
  });
});

test('table and sets are made at the first change, and only then', async () => {
  const { driver, tries } = namespace();
  expect((await driver.read(signal())).size).toBe(0);
  await driver.examine(signal());
  expect(tries(`list table ${TABLE}`).status).not.toBe(0);
  await driver.apply(changes({ add: adding('192.0.2.1') }), signal());
  expect(tries(`list table ${TABLE}`).status).toBe(0);
});

test('sets that the owner declared in his own ruleset are used, with what is in them', async () => {
  const { driver, nft } = namespace();
  nft(`${TWO_SETS}\nadd element ${TABLE} plex_v4 { 192.0.2.50 }`);
  await driver.apply(changes({ add: adding('192.0.2.1', '2001:db8::1') }), signal());
  const entries = await driver.read(signal());
  expect(entries.size).toBe(3);
  // Added by hand without a time-out: it never ends by itself.
  expect(entries.get(parseIpAddress('192.0.2.50'))).toEqual({});
});

test('an address ends by itself in the kernel', async () => {
  const { driver } = namespace();
  const address = parseIpAddress('192.0.2.1');
  await driver.apply(changes({ add: [{ address: address, forMs: 200 }] }), signal());
  await expect.poll(async () => (await driver.read(signal())).size, { timeout: 5000 }).toBe(0);
});

test('the end that is told is never later than the kernel’s', async () => {
  const { driver } = namespace();
  const address = parseIpAddress('192.0.2.1');
  await driver.apply(changes({ add: [{ address: address, forMs: 600_900 }] }), signal());
  const listed = (await driver.read(signal())).get(address)?.expiresInMs ?? 0;
  const again = await driver.open?.([{ address, forMs: 600_900 }], signal());
  const confirmed = again?.get(address)?.expiresInMs ?? 0;
  expect(listed).toBe(600_000);
  expect(confirmed).toBeGreaterThan(600_000);
  expect(confirmed).toBeLessThanOrEqual(600_900);
});

test('packets are counted, across renewals', async () => {
  const { name, driver, nft } = namespace();
  const ip = (...args: string[]) => execFileSync('ip', ['-n', name, ...args]);
  ip('link', 'set', 'lo', 'up');
  ip('addr', 'add', '192.0.2.1/32', 'dev', 'lo');
  await driver.apply(changes({ add: adding('192.0.2.1') }), signal());
  nft(`add chain ${TABLE} out { type filter hook output priority 0; }
add rule ${TABLE} out ip daddr @plex_v4 accept`);
  const address = parseIpAddress('192.0.2.1');
  const packets = async () => (await driver.read(signal())).get(address)?.packets ?? -1;
  const knock = () => spawnSync('ip', ['netns', 'exec', name, 'bash', '-c', 'echo > /dev/udp/192.0.2.1/9']);
  expect(await packets()).toBe(0);
  knock();
  const once = await packets();
  expect(once).toBeGreaterThan(0);
  await driver.apply(changes({ renew: adding('192.0.2.1') }), signal());
  expect(await packets()).toBe(once);
  knock();
  expect(await packets()).toBeGreaterThan(once);
  await driver.apply(changes({ remove: [address] }), signal());
  await driver.apply(changes({ add: adding('192.0.2.1') }), signal());
  expect(await packets()).toBe(0);
});

test('many addresses are confirmed in one look, the new among those that were there', async () => {
  const { driver } = namespace();
  const many = Array.from({ length: 100 }, (_, i) => `192.0.2.${i}`);
  await driver.apply(changes({ add: adding(...many) }), signal());
  expect((await driver.open?.(adding(...many, '198.51.100.1'), signal()))?.size).toBe(101);
});

/** Real milliseconds for some eighty transactions, on a machine that is busy with other things; they take five seconds of a processor. */
const PATIENCE_MS = 120_000;

test('tens of thousands of addresses are more than the kernel takes at once', {
  timeout: PATIENCE_MS,
}, async () => {
  const { driver } = namespace();
  const many = Array.from({ length: 20_000 }, (_, i) => `100.64.${Math.floor(i / 256)}.${i % 256}`);
  await driver.apply(changes({ add: adding(...many) }), signal());
  expect((await driver.read(signal())).size).toBe(20_000);
  await driver.apply(
    changes({ renew: adding(...many.slice(1)), remove: addresses(...many.slice(0, 1)) }),
    signal(),
  );
  expect((await driver.read(signal())).size).toBe(19_999);
});

describe('a set that cannot serve is refused', () => {
  test.each([
    ['type ipv6_addr; flags timeout;', 'is of type "ipv6_addr"'],
    ['type ipv4_addr . inet_service; flags timeout;', 'is of type ["ipv4_addr","inet_service"]'],
    ['type ipv4_addr;', 'has no time-outs (flags timeout)'],
    ['type ipv4_addr; flags interval,timeout;', 'holds prefixes (flags interval)'],
  ])('%s', async (declared, why) => {
    const { driver, nft } = namespace();
    nft(`add table ${TABLE}\nadd set ${TABLE} plex_v4 { ${declared} }`);
    const error = await rejection<KnownError>(driver.read(signal()));
    expect(error.code).toBe('firewall-misconfigured');
    expect(error.message).toBe(`The set plex_v4 in table ${TABLE} ${why}`);
    expect(error.hint).toContain('type ipv4_addr; flags timeout; counter;');
    await rejection(driver.apply(changes({ add: adding('192.0.2.1') }), signal()));
  });
});

describe('the checklist', () => {
  const finding = async (box: ReturnType<typeof namespace>, check: string) =>
    (await box.driver.examine(signal())).find((line) => line.check === check);

  test('misses a rule, and says which one', async () => {
    const box = namespace();
    const line = await finding(box, 'rule-uses-alias');
    expect(line).toMatchObject({
      result: 'failed',
      detail: `No rule of table ${TABLE} uses @plex_v4 or @plex_v6`,
    });
    expect(line?.remedy).toContain('ip daddr @plex_v4 accept');
  });

  test('finds the rules that use the sets', async () => {
    const box = namespace();
    box.nft(`${TWO_SETS}
add chain ${TABLE} forward { type filter hook forward priority 0; policy drop; }
add rule ${TABLE} forward ip saddr 192.168.20.5 ip daddr @plex_v4 accept`);
    expect(await finding(box, 'rule-uses-alias')).toMatchObject({
      result: 'ok',
      detail: 'A rule uses @plex_v4; the other family is not opened by any rule',
    });
    box.nft(`add rule ${TABLE} forward ip6 daddr { 2001:db8::1 } accept
add rule ${TABLE} forward ip6 daddr @plex_v6 tcp dport 443 accept`);
    expect(await finding(box, 'rule-uses-alias')).toMatchObject({
      detail: 'A rule uses @plex_v4 and @plex_v6',
    });
  });

  test('is not satisfied by a rule of another table', async () => {
    const box = namespace();
    box.nft(`add table inet other
add set inet other plex_v4 { type ipv4_addr; flags timeout; }
add chain inet other forward { type filter hook forward priority 0; }
add rule inet other forward ip daddr @plex_v4 accept`);
    expect(await finding(box, 'rule-uses-alias')).toMatchObject({ result: 'failed' });
  });

  test('shows a set that cannot serve', async () => {
    const box = namespace();
    box.nft(`add table ${TABLE}\nadd set ${TABLE} plex_v4 { type ipv4_addr; }`);
    expect(await finding(box, 'alias')).toMatchObject({ result: 'failed' });
  });
});

describe('a machine where it cannot work', () => {
  test('because nft is not there', async () => {
    const driver = createNftablesDriver({ alias: 'plex', table: TABLE, command: ['/nonexistent/nft'] });
    const error = await rejection<KnownError>(driver.read(signal()));
    expect(error.message).toBe('/nonexistent/nft cannot be run on this machine');
    expect(error.hint).toContain('apt install nftables');
    expect((await driver.examine(signal()))[0]).toMatchObject({ check: 'reachable', result: 'failed' });
  });

  test('because the process may not', async () => {
    const { name } = namespace();
    const enter = [
      'nsenter',
      `--net=/run/netns/${name}`,
      'setpriv',
      '--reuid=65534',
      '--clear-groups',
      'nft',
    ];
    const driver = createNftablesDriver({ alias: 'plex', table: TABLE, command: enter });
    const error = await rejection<KnownError>(driver.read(signal()));
    expect(error.code).toBe('firewall-privilege-missing');
    expect(error.hint).toContain('CAP_NET_ADMIN');
    expect(await driver.examine(signal())).toContainEqual(
      expect.objectContaining({ check: 'privileges', result: 'failed' }),
    );
  });

  test('the namespace is gone: that is not an empty set', async () => {
    const { driver, remove } = namespace();
    remove();
    expect((await rejection(driver.read(signal()))).message).toMatch(
      /nft refused: Cannot open network namespace/,
    );
  });
});

describe('what everything is built on is tried before the first write, in a table of its own', () => {
  /** An nft to which a script comes changed, as if kernel or nft made something else of it. */
  const changing = (name: string, sed: string) => [
    'bash',
    '-c',
    `if [ "$1" = -f ]; then ip netns exec ${name} nft -f <(sed -E '${sed}'); else ip netns exec ${name} nft "$@"; fi`,
    'nft',
  ];
  const tables = (name: string) =>
    execFileSync('ip', ['netns', 'exec', name, 'nft', 'list', 'tables'], { encoding: 'utf8' }).trim();

  test('which is gone afterwards', async () => {
    const { name, driver } = namespace();
    await driver.apply(changes({ add: adding('192.0.2.1') }), signal());
    expect(tables(name)).toBe(`table ${TABLE}`);
  });

  test('and not while it is only looked at', async () => {
    const { command } = namespace();
    const reading = [
      'bash',
      '-c',
      `if [ "$1" = -f ]; then exit 1; fi; exec ${command.join(' ')} "$@"`,
      'nft',
    ];
    const driver = createNftablesDriver({ alias: 'plex', table: TABLE, command: reading });
    expect((await driver.read(signal())).size).toBe(0);
    expect(await driver.examine(signal())).toContainEqual(
      expect.objectContaining({ check: 'privileges', result: 'ok' }),
    );
  });

  test.each([
    ['does not renew an element as it should', '/timeout 60000ms/d'],
    ['creates an element that is there as it should', 's/^create element/add element/'],
    ['does not show when an element ends as it should', 's/ timeout 20000ms//'],
  ])('it %s', async (what, sed) => {
    const { name } = namespace();
    const driver = createNftablesDriver({ alias: 'plex', table: TABLE, command: changing(name, sed) });
    for (const write of ['apply', 'open'] as const) {
      const error = await rejection<KnownError>(
        write === 'apply'
          ? driver.apply(changes({ add: adding('192.0.2.1') }), signal())
          : (driver.open?.(adding('192.0.2.1'), signal()) ?? Promise.resolve()),
      );
      expect(error).toMatchObject({
        code: 'firewall-misconfigured',
        message: `The packet filter of this machine ${what}`,
      });
      expect(error.hint).toContain('Upgrade nftables and the kernel');
    }
    expect(tables(name)).toBe('');
  });
});

test('an unknown counter statement is tried without', async () => {
  const { name } = namespace();
  // An nft that knows no counters in sets, as before 0.9.5.
  const old = [
    'bash',
    '-c',
    `if [ "$1" = -f ]; then ip netns exec ${name} nft -f <(sed '/counter/c nonsense' ); else ip netns exec ${name} nft "$@"; fi`,
    'nft',
  ];
  const driver = createNftablesDriver({ alias: 'plex', table: TABLE, command: old });
  await driver.apply(changes({ add: adding('192.0.2.1') }), signal());
  const [entry] = (await driver.read(signal())).values();
  expect(entry?.packets).toBeUndefined();
  expect(entry?.expiresInMs).toBeDefined();
});
