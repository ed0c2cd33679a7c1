/** A start with a configuration file that is broken: the last good one, or a refusal where it could not be told in time. */
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { rereadConfig } from '../../src/app-config.ts';
import { prepare } from '../../src/start-up.ts';
import { tempDir } from '../store/temp.ts';

const GOOD = `upstreams: [udp://192.0.2.53]
groups:
  - name: plex
    clients: [192.168.20.5]
    rules:
      - allow: .plex.tv
firewalls:
  - { name: edge, driver: memory, alias: a, groups: [plex] }
`;

let file: string;
let dataDir: string;
beforeEach(() => {
  const directory = tempDir();
  file = join(directory, 'sallyport.yaml');
  dataDir = join(directory, 'data');
  mkdirSync(dataDir);
});

const start = (text: string, env: Record<string, string> = {}) => {
  writeFileSync(file, text);
  const all = { SALLYPORT_CONFIG: file, SALLYPORT_DATA_DIR: dataDir, SALLYPORT_LOG_LEVEL: 'silent', ...env };
  return prepare(all, [], async () => undefined);
};

test('a good file is kept, readable by nobody else', async () => {
  const { prepared } = await start(GOOD);
  expect(prepared.config.problem).toBeUndefined();
  const kept = join(dataDir, 'last-good.yaml');
  expect(readFileSync(kept, 'utf8')).toBe(GOOD);
  expect(statSync(kept).mode & 0o777).toBe(0o600);
});

test.each([
  ['no YAML', 'groups: [', 'sallyport.yaml:1'],
  ['a rule that is none', GOOD.replace('.plex.tv', 'a..b'), 'sallyport.yaml:6 groups[0].rules[0].allow'],
  ['a driver that is none', GOOD.replace('driver: memory', 'driver: iptables'), 'sallyport.yaml:8'],
  ['a preset that is none', GOOD.replace('    rules:', '    presets: [plex-corr]\n    rules:'), 'plex-corr'],
])('%s: the last good one is in force in every thread, and the problem is told', async (_, text, problem) => {
  await start(GOOD);
  const { prepared, config } = await start(text);
  expect(prepared.config.problem).toContain(problem);
  expect(config.firewalls.map(({ name }) => name)).toEqual(['edge']);
  expect(rereadConfig(prepared.config.source).groups?.[0]?.rules).toHaveLength(1);
  expect(prepared.config.data.upstreams).toEqual(['udp://192.0.2.53:53']);
  expect(readFileSync(join(dataDir, 'last-good.yaml'), 'utf8')).toBe(GOOD);
});

test.each<[string, string, Record<string, string>]>([
  ['where it listens', GOOD.replace('upstreams', 'dns: { listen: [nowhere] }\nupstreams'), {}],
  ['the page', GOOD.replace('upstreams', 'web: { listen: [nowhere] }\nupstreams'), {}],
  ['the environment', GOOD, { SALLYPORT_UPSTREAMS: 'ftp://192.0.2.1' }],
])('%s is what the process itself needs: the start is refused', async (_, text, env) => {
  await start(GOOD);
  await expect(start(text, env)).rejects.toMatchObject({ code: 'config-invalid' });
});

test('without a last good one a broken file ends the start', async () => {
  await expect(start('groups: [')).rejects.toMatchObject({ code: 'config-invalid' });
});
