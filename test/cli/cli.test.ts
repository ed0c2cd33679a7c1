import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { listenOnSocket } from '../../src/api/listen.ts';
import { type Api, createApi } from '../../src/api/server.ts';
import { Secret } from '../../src/base/secret.ts';
import { findUser } from '../../src/store/users.ts';
import {
  createWorld,
  feed,
  firewall,
  group,
  ip,
  NOON,
  newHost,
  openAddress,
  refused,
  type World,
} from '../actions/world.ts';
import { apiDeps } from '../api/stage.ts';

const SCRIPT = fileURLToPath(new URL('../../scripts/sallyport.mjs', import.meta.url));

let world: World;
let app: Api;
beforeEach(async () => {
  world = createWorld();
  app = createApi('socket', apiDeps(world));
  await listenOnSocket(app, world.dataDir);
});
afterEach(async () => {
  await app.close();
  world.close();
});

interface Result {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function sallyport(
  args: readonly string[],
  options: { input?: string; cwd?: string; dataDir?: string } = {},
): Promise<Result> {
  const { input = '', cwd = tmpdir(), dataDir = world.dataDir } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [SCRIPT, ...args], {
      cwd,
      env: { ...process.env, SALLYPORT_DATA_DIR: dataDir },
    });
    let out = '';
    let err = '';
    child.stdout.on('data', (text) => (out += text));
    child.stderr.on('data', (text) => (err += text));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out, err }));
    child.stdin.end(input);
  });
}

test('the socket is for its owner only', () => {
  expect(statSync(join(world.dataDir, 'sallyport.sock')).mode & 0o777).toBe(0o600);
});

test('a socket left behind by a killed process is replaced', async () => {
  await app.close();
  writeFileSync(join(world.dataDir, 'sallyport.sock'), '');
  app = createApi('socket', apiDeps(world));
  await listenOnSocket(app, world.dataDir);
  expect((await sallyport(['groups'])).code).toBe(0);
});

describe('when Sallyport is not running', () => {
  test('the socket and the way to start it are named', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'sallyport-none-'));
    const { code, out, err } = await sallyport(['status'], { dataDir: empty });
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toBe(
      `Sallyport is not running: nobody answers on ${empty}/sallyport.sock\nStart it with \`npm start\`, or name its data directory with --data-dir or SALLYPORT_DATA_DIR.\n`,
    );
    rmSync(empty, { recursive: true });
  });
});

describe('the command line', () => {
  test.each([
    [['--help'], 0, /sallyport <command>/],
    [['help', 'allow'], 0, /sallyport allow NAME/],
    [['allow', '--help'], 0, /Examples:/],
    [['start', '--help'], 0, /--lan ADDRESS/],
  ] as const)('%j explains itself', async (args, code, text) => {
    const result = await sallyport(args);
    expect(result).toMatchObject({ code, err: '' });
    expect(result.out).toMatch(text);
  });

  test.each([
    [[], /sallyport <command>/],
    [['frobnicate'], /there is no command frobnicate/],
    [['allow'], /the name is missing/],
    [['allow', 'a.example', 'b.example'], /too many words: b.example/],
    [['status', '--colour'], /Unknown option '--colour'/],
    [['leases', '--limit', '5'], /--limit goes with --at/],
    [['allow', 'a.example', '--until', '12/3/26'], /not an end: "12\/3\/26"/],
    [['allow', 'a.example', '--for', '1h', '--until', '2027-01-01'], /--for or --until, not both/],
    [['allow', 'a.example', '--for', '-1h'], /'--for' argument is ambiguous\. Did you forget[^\n]*\nSee:/],
    [['group', 'plex', '--override'], /--override goes with --mode enforce/],
    [['end', 'plex.tv'], /not the number of a rule/],
    [['allow', 'a.example'], /there is no group yet/],
    [['doctor', 'edge'], /too many words: edge/],
    [['doctor', '--test-address', '192.0.2.1'], /--test-address goes with --round-trip/],
    [['doctor', '--client', 'plex', '--round-trip'], /is about a firewall/],
    [['firewalls', 'eat', 'edge'], /only trust and create-alias are known/],
    [['firewalls', 'create-alias'], /needs the name of one firewall/],
    [['firewalls', 'create-alias', 'edge', '--yes'], /go with trust/],
  ] as const)('%j is wrong usage: exit code 2', async (args, text) => {
    const { code, err } = await sallyport(args);
    expect(code).toBe(2);
    expect(err).toMatch(text);
  });
});

describe('a day with it', () => {
  test('refused, seen, allowed for fifteen minutes by default, ended', async () => {
    const plex = group(world);
    refused(world, plex, 'image.tmdb.org');
    expect((await sallyport(['denied'])).out).toMatch(
      /image\.tmdb\.org .*no-rule \(answered, would be refused\)/,
    );

    const allowed = await sallyport(['allow', 'image.tmdb.org']);
    expect(allowed.out).toMatch(
      /^Allowed for plex: image\.tmdb\.org \(ends .*rule 1\)\nIn force for the next question\./,
    );
    expect((await sallyport(['denied'])).out).toBe('Nothing is waiting.\n');

    expect((await sallyport(['rules'])).out).toMatch(/image\.tmdb\.org\s+A,AAAA\s+.*\s+cli/);
    world.willClose('192.0.2.7');
    expect((await sallyport(['end', '1'])).out).toMatch(/^Ended: .*\n.*1 address closed/);
  });

  test('a new host is protected', async () => {
    newHost(world, '192.168.20.5', 'plex.tv', 'example.org');
    expect((await sallyport(['hosts'])).out).toMatch(/192\.168\.20\.5\s+2\s+2/);
    const made = await sallyport([
      'group',
      'plex',
      '--create',
      '--add',
      '192.168.20.5',
      '--preset',
      'plex-core',
    ]);
    expect(made.out).toMatch(/^plex: learn; clients 192\.168\.20\.5\nLearning:/);
    expect((await sallyport(['hosts'])).out).toBe('No new hosts.\n');
  });

  test('enforcing without a firewall is refused with the honest sentence, and taken with the override', async () => {
    group(world);
    const refusal = await sallyport(['group', 'plex', '--mode', 'enforce']);
    expect(refusal.code).toBe(1);
    expect(refusal.err).toContain('Names are filtered; addresses are NOT enforced: no firewall connected');
    const stated = await sallyport(['group', 'plex', '--mode', 'enforce', '--override']);
    expect(stated.out).toContain('Names are filtered; addresses are NOT enforced: no firewall connected.');
    expect((await sallyport(['status'])).out).toContain(
      'plex: Names are filtered; addresses are NOT enforced: no firewall connected.',
    );
  });

  test('how a refused name is answered is chosen for a group, and shown', async () => {
    group(world);
    expect((await sallyport(['group', 'plex', '--refuse', 'nodata'])).out).toContain(
      'plex: learn; clients 192.168.20.5; refused names are answered with nodata',
    );
    expect(await sallyport(['group', 'plex', '--refuse', 'silence'])).toMatchObject({ code: 1 });
    expect((await sallyport(['group', 'plex', '--refuse', 'nxdomain'])).out).not.toContain('answered with');
  });

  test('the doctor: what is wrong and what to do, and an exit code that says so', async () => {
    group(world);
    world.firewalls.push(firewall());
    const { code, out, err } = await sallyport(['doctor']);
    expect({ code, err }).toEqual({ code: 1, err: '' });
    expect(out).toMatch(/^Sallyport\n {2}ok {7}dns-listens {6}DNS on 192\.168\.1\.20:53\n/);
    expect(out).toMatch(/\nFirewall edge\n[\s\S]*\nGroup plex\n/);
    expect(out).toMatch(/ {2}failed {3}dns-port .*\n +→ Run there: nslookup plex\.tv 192\.168\.1\.20/);
    expect(out).toMatch(/\n\d+ checks: \d+ ok, 1 failed, \d+ to be looked at by you\.\n$/);
    const one = await sallyport(['doctor', '--firewall', 'edge', '--round-trip', '--json']);
    expect(one.code).toBe(0);
    expect(JSON.parse(one.out)).toMatchObject({ ok: true, items: expect.arrayContaining([]) });
    expect(world.calls).toEqual(['round trip edge 192.0.2.253']);
  });

  test('a firewall’s key is shown and pinned, and a wrong one is not', async () => {
    world.firewalls.push(firewall());
    const pin = `sha256/${'B'.repeat(43)}=`;
    world.knocks.set('edge', {
      url: 'https://192.168.1.1',
      pin: undefined,
      certificate: {
        pin,
        subject: 'CN=fire\u001b[31mwall',
        issuer: 'CN=fire',
        validFrom: NOON,
        validTo: NOON + 1000,
      },
      refusal: new Error('The certificate of 192.168.1.1:443 is self-signed'),
      clockAheadMs: 0,
    });
    const trusted = await sallyport(['firewalls', 'trust', 'edge', '--yes', '--pin', pin]);
    expect(trusted).toMatchObject({ code: 0, err: '' });
    expect(trusted.out).toContain(`      tls: { pin: ${pin} }\n`);
    expect(trusted.out).toContain(`SALLYPORT_FIREWALL_PIN=${pin}`);
    const audit = JSON.parse((await sallyport(['audit', '--json'])).out);
    expect(audit.items[0]).toMatchObject({ action: 'firewall.trust', subject: 'edge', after: { pin } });
    const wrong = await sallyport([
      'firewalls',
      'trust',
      'edge',
      '--yes',
      '--pin',
      `sha256/${'C'.repeat(43)}=`,
    ]);
    expect(wrong).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining(`shows the key ${pin}, not`),
    });
  });

  test('status, leases, firewalls, sync, pause and resume', async () => {
    group(world);
    world.firewalls.push(firewall());
    world.open.push(openAddress());
    expect((await sallyport(['status'])).out).toMatch(
      /✓ P2 Nothing unjustified is open[\s\S]*FIREWALL.*\nedge\s+opnsense\s+up\s+1 of 1/,
    );
    expect((await sallyport(['leases'])).out).toMatch(
      /192\.0\.2\.7\s+image\.tmdb\.org\s+plex\s+answer\s+.*edge confirmed/,
    );
    expect((await sallyport(['firewalls'])).out).toMatch(/edge/);
    expect((await sallyport(['sync'])).out).toBe('edge: applied, 1 change\n');
    expect((await sallyport(['sync', 'edge', '--plan'])).out).toBe('edge: \n+ 192.0.2.7\n- 192.0.2.8\n');
    expect(await sallyport(['sync', 'edge', '--release'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('nothing is held'),
    });
    expect((await sallyport(['pause', '--for', '1h'])).out).toMatch(/^plex: paused, learn /);
    expect((await sallyport(['resume', 'plex'])).out).toMatch(/^plex: learn/);
  });

  test('where a firewall fetches its list', async () => {
    expect((await sallyport(['firewalls', '--urls'])).out).toContain('No firewall fetches a list');
    world.firewalls.push({ ...firewall(), name: 'puller', driver: 'feed' });
    world.fetchable.push({
      firewall: 'puller',
      alias: 'plex',
      token: new Secret('0123456789abcdef'),
      isExpected: () => false,
      addresses: () => undefined,
      noteFetch: () => {},
    });
    expect((await sallyport(['firewalls', '--urls'])).out).toMatch(
      /^puller: \/feed\/0123456789abcdef\/plex\.txt\n/,
    );
  });

  test('the cache', async () => {
    const { out } = await sallyport(['cache']);
    expect(out).toMatch(/answers kept\s+3, 1 of them "there is none"\nmemory\s+2\.0 of 32\.0 MiB\n/);
    expect(out).toMatch(/told from memory\s+75 \(75 % of the questions\)\n/);
    expect((await sallyport(['cache', 'flush', 'plex.tv'])).out).toBe(
      'plex.tv was forgotten; 3 answers left.\n',
    );
    expect((await sallyport(['cache', 'flush'])).out).toBe('Everything was forgotten; 3 answers left.\n');
    expect(await sallyport(['cache', 'fill'])).toMatchObject({ code: 2 });
    expect(await sallyport(['cache', 'flush', 'a', 'b'])).toMatchObject({ code: 2 });
  });

  test('what was open at a moment, and why', async () => {
    group(world);
    const at = new Date(2026, 2, 3, 20, 15).getTime();
    const past = {
      group: 'plex',
      name: 'plex.tv',
      address: ip('198.51.100.7'),
      cause: 'answer',
      approvedBy: 'user:anna',
      startedAt: at,
      endedAt: at + 60_000,
      endCause: 'expired',
      answer: { at, ttlS: 300, chain: ['cdn.example'], upstream: 'udp://192.0.2.53:53' },
      pushes: [{ firewall: 'edge', change: 'add', cause: 'answer', trigger: 'nudge', at }],
      next: 'nobody asked again, and it ended with its term',
    } as const;
    world.answers.past.push(past);
    const list = await sallyport(['leases', '--at', '3 March 2026 20:15']);
    expect(list.out).toMatch(
      /198\.51\.100\.7\s+plex\.tv\s+plex\s+answer\s+user:anna\s+2026-03-03 20:15:00 .*20:16:00 .*\(expired\)/,
    );
    const sentence = `198.51.100.7 was open at ${new Date(at).toISOString()}`;
    world.answers.address = { address: past.address, open: true, sentence, leases: [past] };
    const { out } = await sallyport(['why', '198.51.100.7', '--at', '2026-03-03']);
    expect(out).toMatch(/^198\.51\.100\.7 was open at 2026-03-03 20:15:00 /);
    expect(out).toContain('plex.tv → cdn.example → 198.51.100.7, TTL 300 s, from udp://192.0.2.53:53');
    expect(out).toContain('NOT seen in the read-back');
    expect(out).toMatch(/then +nobody asked again, and it ended with its term \(expired\)/);
    expect(await sallyport(['why', 'plex.tv', '--at', 'soon'])).toMatchObject({ code: 2 });
  });

  test('addresses opened by hand', async () => {
    group(world);
    expect((await sallyport(['addresses'])).out).toBe('No address is opened by hand.\n');
    const added = await sallyport([
      'addresses',
      'add',
      '198.51.100.7',
      '--note',
      'push',
      '--ports',
      '443,7844',
    ]);
    expect(added.out).toMatch(/^Open by hand for plex: 198\.51\.100\.7 \(until you end it, number 1\)\n/);
    expect((await sallyport(['addresses'])).out).toMatch(
      /1\s+198\.51\.100\.7\s+plex\s+stays\s+443,7844\s+cli\s+push/,
    );
    const changed = await sallyport(['addresses', 'change', '198.51.100.7', '--for', '24h']);
    expect(changed.out).toMatch(/198\.51\.100\.7 \(ends /);
    expect((await sallyport(['addresses', 'end', '1'])).out).toMatch(/^Ended for plex: 198\.51\.100\.7\n/);
    expect(await sallyport(['addresses', 'end', '198.51.100.7'])).toMatchObject({ code: 2 });
    expect(await sallyport(['addresses', 'add', '192.168.1.1'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('192.168.1.1 is never opened'),
    });
    expect(await sallyport(['addresses', 'change', '7'])).toMatchObject({ code: 2 });
    expect(await sallyport(['addresses', 'open', '7'])).toMatchObject({ code: 2 });
    expect(await sallyport(['addresses', 'end', 'push'])).toMatchObject({ code: 2 });
  });

  test('an address opened by hand is found however it is typed', async () => {
    group(world);
    for (const [opened, typed] of [
      ['2001:db8::7', '2001:0DB8:0::7'],
      ['198.51.100.7', '::ffff:198.51.100.7'],
    ] as const) {
      await sallyport(['addresses', 'add', opened]);
      expect(await sallyport(['addresses', 'end', typed])).toMatchObject({
        code: 0,
        out: expect.stringContaining(`Ended for plex: ${opened}\n`),
      });
    }
  });

  test('a preset is described on lines of its own', async () => {
    const { out } = await sallyport(['presets', 'ntp']);
    expect(out).toMatch(/^Time synchronisation \(ntp [^)]+\)\nPool names rotate/);
  });

  test('finding the hash of a Plex server', async () => {
    const hash = '0123456789abcdef'.repeat(2);
    group(world);
    expect(await sallyport(['plex-direct', 'find'])).toMatchObject({
      code: 1,
      out: '192.168.20.5:32400 does not answer as a Plex server: nobody answers there.\n',
    });
    world.looks.set('192.168.20.9', { hashes: [hash], names: [], identity: undefined, problem: undefined });
    const { code, out } = await sallyport(['plex-direct', 'find', '192.168.20.9:32401']);
    expect(out).toContain(`sallyport plex-direct --group plex --add ${hash} --own 192.168.20.9\n`);
    expect(code).toBe(0);
    expect(await sallyport(['plex-direct', 'find', '--add', hash])).toMatchObject({ code: 2 });
  });

  test('names below plex.direct', async () => {
    const [mine, other] = ['0123456789abcdef'.repeat(2), 'b'.repeat(32)];
    group(world);
    await sallyport(['plex-direct', '--add', mine.toUpperCase(), '--own', '192.168.20.5']);
    const sharing = ['--share', other, '--address', '203.0.113.9,203.0.113.10', '--note', 'Bo'];
    const { out } = await sallyport(['plex-direct', ...sharing]);
    expect(out).toMatch(new RegExp(`${mine}\\s+yours\\s+192\\.168\\.20\\.5`));
    expect(out).toMatch(new RegExp(`${other}\\s+shared\\s+203\\.0\\.113\\.9 203\\.0\\.113\\.10\\s+Bo`));
    expect(await sallyport(['addresses', 'end', '1'])).toMatchObject({
      code: 1,
      err: expect.stringContaining(`--unshare ${other}`),
    });
    expect(await sallyport(['plex-direct', '--remove', other])).toMatchObject({ code: 2 });
    const undone = ['--unshare', other, '--remove', mine, '--disown', '192.168.20.5', '--json'];
    expect(JSON.parse((await sallyport(['plex-direct', ...undone])).out)).toMatchObject({
      group: { plexDirect: { hashes: [], ownAddresses: [], shared: [] } },
    });
  });

  test('feeds', async () => {
    expect((await sallyport(['feeds'])).out).toBe('No feed is configured.\n');
    world.feedReports.push(
      feed({ problem: 'The new list waits for your OK: it is short', held: [ip('198.51.100.7')] }),
    );
    const { out } = await sallyport(['feeds']);
    expect(out).toMatch(/cdn\s+plex\s+12\s+1\s/);
    expect(out).toMatch(
      /! cdn: .*it is short; 1 address would stay; to put it in force: sallyport feeds accept cdn/,
    );
    expect((await sallyport(['feeds', 'accept', 'cdn'])).code).toBe(0);
    expect((await sallyport(['feeds', 'refresh', 'cdn'])).code).toBe(1);
    expect((await sallyport(['feeds', 'eat', 'cdn'])).code).toBe(2);
  });

  test('a held removal shows each address and what is known of it, and is released or dropped', async () => {
    group(world);
    const { status, ...rest } = firewall();
    const heldPlan = {
      at: world.clock.now(),
      why: 'would remove all 2 addresses',
      removals: [ip('192.0.2.7')],
    };
    world.firewalls.push({ ...rest, status: { ...status, heldPlan } });
    const { out } = await sallyport(['firewalls']);
    expect(out).toContain('192.0.2.7  never opened by this ledger');
    expect(out).toContain('sallyport sync edge --release | --drop');
    expect((await sallyport(['sync', 'edge', '--release'])).out).toBe('edge: applied, 1 change\n');
    expect((await sallyport(['sync', 'edge', '--drop'])).out).toBe('edge: the removal was dropped.\n');
    expect((await sallyport(['audit'])).out).toMatch(/plan\.drop\s+edge[\s\S]*plan\.release\s+edge/);
  });

  test('audit revert takes an entry back, once, and says what that did', async () => {
    group(world);
    await world.actions.allowName({ group: 'plex', pattern: 'plex.tv' }, { name: 'cli', origin: 'socket' });
    const { out, code } = await sallyport(['audit', 'revert', '1']);
    expect([code, out]).toEqual([
      0,
      expect.stringContaining('Entry 1 is taken back by entry 2: rule.end plex plex.tv.'),
    ]);
    expect((await sallyport(['audit'])).out).toMatch(/2 .*\(takes back 1\)\n.*1 .*\(taken back by 2\)/);
    expect(await sallyport(['audit', 'revert', '1'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('entry 2 took it back'),
    });
    expect(await sallyport(['audit', 'revert'])).toMatchObject({ code: 2 });
    expect(await sallyport(['audit', 'revert', 'x'])).toMatchObject({ code: 2 });
  });

  test('the audit says what is another than before', async () => {
    group(world);
    await sallyport(['group', 'plex', '--mode', 'enforce', '--override']);
    expect((await sallyport(['audit'])).out).toMatch(/group\.mode\s+plex\s+mode learn → enforce/);
  });

  test('audit verify proves that nothing was changed, and says what to note', async () => {
    group(world);
    await sallyport(['allow', 'plex.tv', '--group', 'plex']);
    const { out, code } = await sallyport(['audit', 'verify']);
    expect(code).toBe(0);
    expect(out).toContain('The audit is whole: 1 entry, 1 to 1');
    const [, noted = ''] = /--noted (1:[0-9a-f]{64})/.exec(out) ?? [];
    await sallyport(['allow', 'plex.app', '--group', 'plex']);
    expect((await sallyport(['audit', 'verify', '--noted', noted])).code).toBe(0);
    const forged = await sallyport(['audit', 'verify', '--noted', `1:${'0'.repeat(64)}`]);
    expect(forged).toMatchObject({ code: 1 });
    expect(forged.out).toContain('The audit is NOT whole: entry 1 is not the one that was noted');
    expect(await sallyport(['audit', 'verify', '--noted', 'x'])).toMatchObject({ code: 1, out: '' });
    expect(await sallyport(['audit', 'varify'])).toMatchObject({ code: 2 });
  });

  test('users and their roles', async () => {
    const password = 'correct horse battery';
    await sallyport(['users', 'add', 'admin', '--role', 'admin'], { input: `${password}\n` });
    expect(await sallyport(['users', 'add', 'anna'], { input: `${password}\n` })).toMatchObject({
      code: 0,
      out: 'anna may sign in as viewer.\n',
    });
    expect((await sallyport(['users', 'role', 'anna', 'approver'])).out).toBe('anna is approver now.\n');
    expect((await sallyport(['users'])).out).toMatch(/admin\s+admin\s+no[\s\S]*anna\s+approver\s+no/);
    expect((await sallyport(['users', 'disable', 'anna'])).out).toBe('anna is signed out and stays out.\n');
    expect((await sallyport(['users'])).out).toMatch(/anna\s+approver \(disabled\)/);
    expect((await sallyport(['users', 'enable', 'anna'])).out).toBe('anna may sign in again.\n');
    expect((await sallyport(['users', 'remove', 'admin'])).err).toContain('the only admin');
    expect((await sallyport(['users', 'remove', 'anna'])).code).toBe(0);
  });

  test('tokens are shown once, listed by their beginning, and revoked', async () => {
    const { out } = await sallyport(['tokens', 'add', 'homepage', '--for', '30d']);
    const [secret = ''] = /sallyport_[\w-]{43}/.exec(out) ?? [];
    const list = (await sallyport(['tokens'])).out;
    expect(list).toMatch(/1\s+homepage\s+sallyport_[\w-]{4}…\s+viewer\s+\S.*never/);
    expect(list).not.toContain(secret);
    expect((await sallyport(['tokens', 'revoke', '1'])).out).toBe('The token opens nothing any more.\n');
    expect((await sallyport(['tokens', 'revoke', '1'])).code).toBe(1);
  });

  test('--json prints what the API says', async () => {
    group(world);
    const { out } = await sallyport(['groups', '--json']);
    expect(JSON.parse(out)).toMatchObject({ items: [{ name: 'plex', enforcement: { state: 'learning' } }] });
    const { err, code } = await sallyport(['why', '1.2.3', '--group', 'nas', '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(err)).toMatchObject({ code: 'not-found', hint: 'Groups: plex.' });
  });

  test('the password is read from standard input and never an argument', async () => {
    expect(await sallyport(['reset-password'], { input: 'correct horse battery\n' })).toMatchObject({
      code: 0,
    });
    expect(findUser(world.db, 'admin')?.passwordHash).toMatch(/^\$argon2id\$/);
    expect(await sallyport(['reset-password'], { input: 'short\n' })).toMatchObject({
      code: 1,
      err: expect.stringContaining('at least 10 characters'),
    });
    expect(await sallyport(['reset-password'], { input: '' })).toMatchObject({ code: 2 });
  });

  test('what the network says cannot command the terminal', async () => {
    group(world);
    const base = firewall();
    world.firewalls.push({
      ...base,
      status: { ...base.status, state: 'down', lastError: 'bad \u001b[2J\u202e answer' },
    });
    const { out } = await sallyport(['firewalls']);
    expect(out).toContain('bad \\x1b[2J\\x202e answer');
  });
});

describe('configuration as code', () => {
  const GROUPS =
    'groups:\n  - name: plex\n    clients: [192.168.20.5]\n    rules:\n      - allow: .plex.tv\n';

  test('plan says what would change and exits with 2, with 0 when nothing would', async () => {
    const planned = await sallyport(['plan', '-'], { input: GROUPS });
    expect(planned).toMatchObject({ code: 2, err: '' });
    expect(planned.out).toBe(
      'stdin.yaml: 2 changes.\n\n+ group plex  (stdin.yaml:2)\n+ rule plex: allow .plex.tv  (stdin.yaml:5)\n',
    );
    const file = join(world.dataDir, 'house.yaml');
    writeFileSync(file, GROUPS);
    const applied = await sallyport(['apply', file, '--yes']);
    expect(applied).toMatchObject({ code: 0 });
    expect(applied.out).toContain('Applied.\n\nIn force for the next question.');
    expect(await sallyport(['plan', file])).toMatchObject({
      code: 0,
      out: 'house.yaml: nothing to change.\n',
    });
  });

  test.each([
    ['a file that is not there', ['plan', '/nowhere.yaml'], '/nowhere.yaml: there is no such file'],
    ['an option that is none', ['plan', '--sideways'], "Unknown option '--sideways'"],
    ['a server without a file', ['plan'], 'this server has no file of its own'],
  ])('plan of %s exits with 1', async (_, args, said) => {
    const { code, err } = await sallyport(args);
    expect(code).toBe(1);
    expect(err).toContain(said);
  });

  test('a broken file is refused with its line', async () => {
    const { code, err } = await sallyport(['plan', '-'], { input: GROUPS.replace('.plex.tv', 'a..b') });
    expect(code).toBe(1);
    expect(err).toMatch(/^ {2}stdin\.yaml:5 groups\[0\]\.rules\[0\]\.allow/m);
  });

  test('apply asks, and changes nothing when nobody is there to answer', async () => {
    const { code, err } = await sallyport(['apply', '-'], { input: GROUPS });
    expect(code).toBe(2);
    expect(err).toContain('nobody is there to ask: look at `sallyport plan`, then add --yes');
    expect((await sallyport(['plan', '-'], { input: GROUPS })).code).toBe(2);
  });

  test('export is a file that plan finds no difference to', async () => {
    await sallyport(['apply', '-', '--yes'], { input: GROUPS });
    const { out, code } = await sallyport(['export']);
    expect(code).toBe(0);
    expect(out).toContain('- allow: .plex.tv');
    expect(await sallyport(['plan', '-'], { input: out })).toMatchObject({ code: 0 });
    expect(await sallyport(['export', '--format', 'toml'])).toMatchObject({ code: 2 });
  });

  test('what a file manages is refused with its line', async () => {
    await sallyport(['apply', '-', '--yes'], { input: GROUPS });
    const list = JSON.parse((await sallyport(['rules', '--json'])).out) as { items: { id: number }[] };
    const { code, err } = await sallyport(['end', String(list.items[0]?.id)]);
    expect(code).toBe(1);
    expect(err).toContain('the rule for .plex.tv is written in stdin.yaml:5');
    // A while is always possible.
    expect((await sallyport(['allow', 'image.tmdb.org'])).code).toBe(0);
    expect((await sallyport(['plan', '-'], { input: GROUPS })).out).toContain(
      'plex: allow image.tmdb.org by cli, until',
    );
  });
});

test('import shows first what it would do, and how to take it back', async () => {
  group(world);
  const log =
    '1066036251.100 0 192.168.20.5 TCP_TUNNEL/200 39 CONNECT plex.tv:443 - HIER_DIRECT/192.0.2.3 -\n';
  const dry = await sallyport(['import', '-', '--dry-run'], { input: log });
  expect(dry.code).toBe(0);
  expect(dry.out).toContain('1 rule would be added, 0 there already, 0 lines left out (squid-log).');
  const done = await sallyport(['import', '-'], { input: log });
  expect(done.out).toMatch(/1 rule added.*To take it back: sallyport import --undo \d+/s);
  const entry = /--undo (\d+)/.exec(done.out)?.[1] ?? '';
  expect(await sallyport(['import', '--undo', entry])).toMatchObject({ code: 0 });
});
