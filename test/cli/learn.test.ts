import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listenOnSocket } from '../../src/api/listen.ts';
import { type Api, createApi } from '../../src/api/server.ts';
import { parseDomainName } from '../../src/base/domain-name.ts';
import { createQueryLogWriter } from '../../src/store/querylog/writer.ts';
import { createWorld, group, ip, type World } from '../actions/world.ts';
import { apiDeps } from '../api/stage.ts';
import { learnFromRecording } from '../fixtures/plex-boot/world.ts';

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

function sallyport(...args: readonly string[]): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [SCRIPT, ...args], {
      env: { ...process.env, SALLYPORT_DATA_DIR: world.dataDir },
    });
    let [out, err] = ['', ''];
    child.stdout.on('data', (text) => (out += text));
    child.stderr.on('data', (text) => (err += text));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out, err }));
    child.stdin.end();
  });
}

test('the report says what was seen, what is suggested, and what is not and why', async () => {
  learnFromRecording(world);
  const { code, out } = await sallyport('report');
  expect(code).toBe(0);
  expect(out).toMatch(/^plex \(learn\) asked \d+ questions for \d+ names since /);
  expect(out).toMatch(/Plex Media Server: core +\d of 9 +4 of 5 +recognised/);
  expect(out).toMatch(/servers\.plex\.tv +A,AAAA +\d+ +required for Plex Media Server: core/);
  expect(out).toMatch(/FOR YOU TO DECIDE[\s\S]*hooks\.home\.example\.org/);
  expect(out).toMatch(/p1ex\.tv +\d+ +RISKY: p1ex\.tv looks like plex\.tv and is not/);
  expect(out).toContain('To enforce it: sallyport enforce --group plex --suggested');
});

test('enforce says what it would refuse, asks, and does it; learn goes back', async () => {
  learnFromRecording(world);
  const list = join(world.dataDir, 'more.txt');
  writeFileSync(list, '# the owner’s\nhooks.home.example.org\n*.cloudfront.net A # no\n');
  const asked = await sallyport('enforce', '--suggested', '--rules', list);
  expect(asked.code).toBe(2);
  expect(asked.err).toContain('nobody is there to ask: add --yes');

  const done = await sallyport('enforce', '--suggested', '--rules', list, '--yes');
  expect(done.code).toBe(0);
  expect(done.out).toMatch(/analytics\.plex\.tv +A,AAAA +\d+ +192\.168\.20\.5/);
  expect(done.out).toContain('RISKY: *.cloudfront.net reaches cloudfront.net');
  expect(done.out).toContain('To go back: sallyport learn --group plex');
  expect((await sallyport('learn', '--json')).out).toContain('"mode": "learn"');
});

test('reproduce: begin, see what was refused, allow it, keep it', async () => {
  const { id: groupId } = group(world, 'plex', { mode: 'enforce' });
  const began = await sallyport('reproduce', 'start');
  expect(began.out).toContain('nothing refused in 0 s, since cli began.');
  expect(began.out).toContain('Now do what fails');
  const line = { qtype: 1, verdict: 'denied', reason: 'no-rule', ruleId: undefined, rcode: 3 } as const;
  createQueryLogWriter(world.queryLogDb.sql).write(
    ['downloads.plex.tv', 'p1ex.tv'].map((name) => ({
      ...line,
      at: world.clock.now(),
      client: ip('192.168.20.5'),
      groupId,
      name: parseDomainName(name),
      source: 'local',
      durationUs: 100,
      answers: [],
      count: 3,
    })),
  );
  const { out } = await sallyport('reproduce');
  expect(out).toMatch(/downloads\.plex\.tv +A +3x .*codec/);
  expect(out).toMatch(/p1ex\.tv +A +3x .*RISKY: p1ex\.tv looks like plex\.tv/);
  const allowed = await sallyport('reproduce', 'allow');
  expect(allowed.out).toContain('Allowed: downloads.plex.tv');
  expect(allowed.out).toMatch(/p1ex\.tv +p1ex\.tv looks like/);
  expect((await sallyport('reproduce', 'keep')).out).toContain('Kept for good: downloads.plex.tv');
  expect((await sallyport('reproduce', 'begin')).code).toBe(2);
});
