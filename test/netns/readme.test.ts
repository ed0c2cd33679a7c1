/**
 * The README, followed to the letter on a clean clone: its two commands, then its quick check line by line.
 * In a network namespace of its own, so that the ports it names are free; the toy internet stands in for the real one.
 */
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const run = promisify(execFile);
const NAMESPACE = `sprm${process.pid}`;
const TOY_PORT = 5353;
/** Milliseconds from the install to the page and DNS being up, as the README's reader would wait. */
const UP_WITHIN_MS = 10_000;

const ZONE = {
  'plex.tv': { a: ['203.0.113.10'] },
  'example.org': { a: ['203.0.113.20'] },
  'example.net': { a: ['203.0.113.30'] },
};

let folder: string;
let clone: string;
const ends: (() => Promise<void>)[] = [];

/** As a newcomer's shell: Node 20 where the machine has it, nothing global of ours. */
const shell = (line: string) =>
  run('ip', ['netns', 'exec', NAMESPACE, 'bash', '-c', line], {
    cwd: clone,
    encoding: 'utf8',
    env: cleanEnvironment(),
  });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-readme-'));
  clone = join(folder, 'sallyport');
  await run('git', ['clone', '--quiet', process.cwd(), clone]);
  await run('npm', ['ci', '--loglevel=error'], { cwd: clone, env: cleanEnvironment() });
  await run('ip', ['netns', 'add', NAMESPACE]);
  await run('ip', ['-n', NAMESPACE, 'link', 'set', 'lo', 'up']);
  const toy = start(
    `node_modules/.bin/node scripts/run.mjs scripts/toy-internet.ts --port ${TOY_PORT} --control 5380`,
    {},
    process.cwd(),
  );
  await toy.says(/names on/, 20_000);
  await shell(`curl --silent --fail --data '${JSON.stringify(ZONE)}' http://127.0.0.1:5380/zone`);
}, 300_000);

afterAll(async () => {
  for (const end of ends.toReversed()) await end();
  await run('ip', ['netns', 'del', NAMESPACE]).catch(() => undefined);
  // A thread that ends may still be writing its compile cache.
  await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});

test('npm start is up within 10 s of the install and says what to do next', async () => {
  const began = performance.now();
  const sallyport = start('npm start', { SALLYPORT_UPSTREAMS: `127.0.0.1:${TOY_PORT}` });
  const text = await sallyport.says(/Next:[\s\S]*status/, UP_WITHIN_MS);
  expect(performance.now() - began).toBeLessThan(UP_WITHIN_MS);
  expect(text).toContain('udp 127.0.0.1:1053');
  expect(text).toMatch(/http:\/\/127\.0\.0\.1:8080\/setup\?token=/);
});

test('the quick check does what it says', async () => {
  const lines = await quickCheck();
  const seen = new Map<string, string>();
  for (const line of lines) seen.set(line, (await shell(line)).stdout);
  const of = (part: string) => seen.get(lines.find((line) => line.includes(part)) ?? '') ?? '';

  expect(of('+short plex.tv')).toBe('203.0.113.10\n');
  expect(of('allow example.org')).toContain('Allowed');
  expect(of('--mode enforce')).toContain('addresses are NOT enforced');
  expect(of('+short example.org')).toBe('203.0.113.20\n');
  expect(of('dig @127.0.0.1 -p 1053 example.net')).toContain('NXDOMAIN');
  expect(of('queries')).toMatch(/example\.net.*denied[\s\S]*example\.org.*allowed/);
  expect(of('denied')).toContain('example.net');
}, 60_000);

/** The commands of the code block behind "Quick check", without their comments. */
async function quickCheck(): Promise<readonly string[]> {
  const readme = await readFile(join(clone, 'README.md'), 'utf8');
  const block = /\*\*Quick check\*\*[\s\S]*?```sh\n([\s\S]*?)```/.exec(readme)?.[1];
  if (block === undefined) throw new Error('the README has no quick check any more');
  return block
    .split('\n')
    .map((line) => line.replace(/\s+#.*$/, '').trim())
    .filter((line) => line !== '');
}

function start(line: string, env: Readonly<Record<string, string>>, cwd = clone) {
  const child = spawn('ip', ['netns', 'exec', NAMESPACE, 'bash', '-c', `exec ${line}`], {
    cwd,
    env: { ...cleanEnvironment(), ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  ends.push(async () => {
    if (child.pid === undefined || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    process.kill(-child.pid, 'SIGTERM');
    await ended;
  });
  let text = '';
  const says = (pattern: RegExp, withinMs: number) =>
    new Promise<string>((resolve, reject) => {
      const late = setTimeout(
        () => reject(new Error(`${line} did not say ${pattern} in ${withinMs} ms, but:\n${text}`)),
        withinMs,
      );
      const listen = (chunk: Buffer) => {
        text += chunk.toString('utf8');
        if (!pattern.test(text)) return;
        clearTimeout(late);
        resolve(text);
      };
      child.stdout.on('data', listen);
      child.stderr.on('data', listen);
    });
  return { says };
}

/** Without what npm and vitest put into the environment of this test. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|NODE_|SALLYPORT_|VITEST|INIT_CWD)/i.test(name),
  );
  const path = (process.env['PATH'] ?? '').split(':').filter((part) => !part.includes('node_modules'));
  return { ...Object.fromEntries(kept), PATH: path.join(':') };
}
