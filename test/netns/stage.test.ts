/** The stage itself, with a plain forwarder where Sallyport will stand: what is shown on it later means what it says. */
import { execFileSync, spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildStage, type Stage, until } from '../../scripts/netns/stage.ts';
import { buildTopology, host4, host6, NAME_SERVER, ROUTER_LAN } from '../../scripts/netns/topology.ts';

let stage: Stage;
/** Runs until its namespace goes. */
let forwarder: Promise<string>;
beforeAll(async () => {
  stage = await buildStage({
    'both.example.net': { a: [host4(1)], aaaa: [host6(1)], ttl: 1 },
    'v4.example.net': { a: [host4(2)], ttl: 1 },
  });
  const listen = ROUTER_LAN.map((address) => `--listen-address=${address}`);
  const upstream = ['--no-resolv', `--server=${NAME_SERVER[0]}`];
  const quiet = [
    '--keep-in-foreground',
    '--conf-file=/dev/null',
    '--pid-file=',
    '--user=root',
    '--bind-interfaces',
  ];
  const command = ['dnsmasq', ...quiet, ...listen, ...upstream, '--cache-size=0'];
  forwarder = stage.run('router', command).catch((error: Error) => error.message);
  // Short questions: one sent before the forwarder listens is lost, and is worth no wait.
  const question = { server: ROUTER_LAN[0], name: 'v4.example.net', type: 'A', timeoutMs: 200 } as const;
  await until(
    'the forwarder answers',
    10_000,
    async () => (await stage.plex.do('question', question)) !== 'silent',
  );
});
afterAll(async () => {
  await stage.close();
  expect(await forwarder).toContain('dnsmasq');
});

const open = (set: string, address: string) =>
  stage.run('router', ['nft', 'add', 'element', 'inet', 'sallyport', set, `{ ${address} timeout 1s }`]);

test('nothing passes the router that is not in the set, over IPv4 and IPv6', async () => {
  const before = await stage.droppedPackets();
  expect(await stage.connect(host4(3))).toBe('dropped');
  expect(await stage.connect(host6(3))).toBe('dropped');
  expect(await stage.droppedPackets()).toBe(before + 2);
});

test('what is in the set connects at once, until the kernel ends it; an established connection goes on', async () => {
  await open('plex_v4', host4(4));
  await open('plex_v6', host6(4));
  expect(await stage.openAddresses()).toEqual(new Set([host4(4), host6(4)]));
  const before = await stage.droppedPackets();
  expect(await stage.connect(host6(4))).toBe('connected');
  const held = await stage.plex.do('hold', { address: host4(4), port: 443, timeoutMs: 800 });
  if (held === 'dropped') throw new Error('not connected');
  expect(await stage.droppedPackets()).toBe(before);

  await until('the kernel ends both elements', 5_000, async () => (await stage.openAddresses()).size === 0);
  expect(await stage.connect(host4(4))).toBe('dropped');
  expect(await stage.plex.do('use', { held, timeoutMs: 2_000 })).toBe(host4(4));
});

test('dig and glibc on the Plex host ask the router and nobody else', async () => {
  expect(await stage.dig('v4.example.net', 'A')).toContain(`SERVER: ${ROUTER_LAN[0]}#53`);
  expect(await stage.getent('both.example.net')).toEqual([host6(1), host4(1)]);
  expect(await stage.getent('absent.example.net')).toEqual([]);
  expect(await stage.plex.do('lookup', { name: 'v4.example.net' })).toEqual([host4(2)]);
});

test('the name server out there cannot be asked past the router', async () => {
  const question = { name: 'v4.example.net', type: 'A', timeoutMs: 500 } as const;
  const before = await stage.packetsFor('v4.example.net');
  expect(await stage.plex.do('question', { ...question, server: NAME_SERVER[0] })).toBe('silent');
  expect(await stage.plex.do('question', { ...question, server: NAME_SERVER[1] })).toBe('silent');
  expect(await stage.packetsFor('v4.example.net')).toBe(before);
});

test('packets are counted there by name, and silence is silence', async () => {
  const before = await stage.packetsFor('both.example.net');
  await stage.ask('both.example.net');
  expect(await stage.packetsFor('both.example.net')).toBe(before + 1);
  await stage.internet.do('silence', { on: true });
  const question = { server: ROUTER_LAN[0], name: 'both.example.net', type: 'A', timeoutMs: 500 } as const;
  expect(await stage.plex.do('question', question)).toBe('silent');
  await stage.internet.do('silence', { on: false });
});

test('two stages stand beside each other, and what a crashed run left is swept', async () => {
  // A run whose process is gone: its namespaces carry a process id that nobody has.
  const dead = spawn('true');
  await new Promise((resolve) => dead.once('exit', resolve));
  const left = `sallyport-test-${dead.pid}-1-plex`;
  execFileSync('ip', ['netns', 'add', left]);

  const second = await buildTopology();
  try {
    const names = execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' });
    expect(names).not.toContain(left);
    expect(names).toContain(second.namespace('plex'));
    expect(await stage.connect(host4(5))).toBe('dropped');
  } finally {
    await second.remove();
  }
  expect(readdirSync('/etc/netns')).not.toContain(second.namespace('plex'));
});
