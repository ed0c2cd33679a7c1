/** What the image and its compose file promise, read from the files themselves: no container engine is needed to break them. */
import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { finalStage, readDockerfile } from './dockerfile.ts';

const image = finalStage(readDockerfile('Dockerfile'));
const manifest = z
  .object({ dependencies: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync('package.json', 'utf8')));

const Service = z.looseObject({
  build: z.union([z.string(), z.object({ context: z.string(), target: z.string() })]),
  read_only: z.boolean(),
  cap_drop: z.array(z.string()),
  cap_add: z.array(z.string()).optional(),
  security_opt: z.array(z.string()),
  tmpfs: z.array(z.string()),
  profiles: z.array(z.string()),
  ports: z.array(z.string()).optional(),
  user: z.string().optional(),
  environment: z.record(z.string(), z.string()).optional(),
});
const composeText = readFileSync('docker-compose.yml', 'utf8');
const { services } = z
  .object({ services: z.record(z.string(), Service) })
  .parse(parse(composeText, { merge: true }));

test('the image runs the start command of npm as an ordinary user, with only /data its own', () => {
  const start = z.object({ scripts: z.object({ start: z.string() }) });
  const { scripts } = start.parse(JSON.parse(readFileSync('package.json', 'utf8')));
  // npm needs `exec`, or a signal would end its shell and leave the program behind; the image has no shell between.
  const arenas = `MALLOC_ARENA_MAX=${image.env['MALLOC_ARENA_MAX']}`;
  expect(scripts.start.endsWith(`&& ${arenas} exec ${image.command.join(' ')}`)).toBe(true);
  const unit = readFileSync('deploy/sallyport.service', 'utf8');
  expect(unit).toContain(`node_modules/.bin/${image.command.join(' ')}\n`);
  expect(unit).toContain(` ${arenas} `);
  expect(image.user).toBe('10001:10001');
  expect(image.copies.filter((copy) => copy.owner !== undefined)).toEqual([
    { from: 'packages', owner: '10001:10001', sources: ['/empty'], target: '/data' },
  ]);
  expect(image.env).toMatchObject({ SALLYPORT_DATA_DIR: '/data', SALLYPORT_DNS_LISTEN: '0.0.0.0:1053' });
  expect(image.exposed).toEqual(['1053/udp', '1053/tcp', '8080/tcp']);
  expect(image.base).toMatch(/^node:26(-[a-z]+)?-slim$/);
});

test('the health check asks nobody but Sallyport', () => {
  expect(image.healthcheck).toEqual(['node', 'scripts/healthcheck.ts']);
});

test('everything the image copies gets into the build context, and nothing else does', () => {
  const lines = readFileSync('.dockerignore', 'utf8').split('\n').filter(Boolean);
  expect(lines.filter((line) => !line.startsWith('#'))[0]).toBe('*');
  const admitted = lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
  const copied = image.allSources.filter((source) => !source.startsWith('/'));
  expect([...admitted].sort()).toEqual([...new Set(copied)].sort());
});

test('every package the program imports is there without the development ones', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.ts'));
  const imported = files.flatMap((file) =>
    [
      ...readFileSync(join('src', file), 'utf8').matchAll(
        /^(?:import|export) (?!type ).*from '([^'.][^']*)'/gm,
      ),
    ].map(([, specifier = '']) => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')),
  );
  const foreign = imported.filter((name) => !name.startsWith('node:') && !builtinModules.includes(name));
  expect(foreign.filter((name) => manifest.dependencies[name] === undefined)).toEqual([]);
});

test.each(Object.entries(services))(
  '%s: read-only, without capabilities or a way to gain them',
  (name, service) => {
    expect(service.profiles).toEqual([name]);
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      tmpfs: ['/tmp'],
    });
    if (name !== 'nftables') {
      expect(service.build).toBe('.');
      expect([service.cap_add, service.user]).toEqual([undefined, undefined]);
    }
  },
);

test('only the nftables variant is more: root with two named capabilities', () => {
  expect(services['nftables']).toMatchObject({
    build: { context: '.', target: 'nftables' },
    user: '0:0',
    cap_add: ['NET_ADMIN', 'NET_BIND_SERVICE'],
  });
});

test('bridge publishes 53 from 1053 on one address, which must be given', () => {
  expect(services['bridge']?.ports).toEqual([
    expect.stringMatching(/^\$\{LAN_IP:\?set LAN_IP in \.env.*\}:53:1053\/udp$/),
    ['$', '{LAN_IP}:53:1053/tcp'].join(''),
    ['$', '{LAN_IP}:8080:8080/tcp'].join(''),
  ]);
});

test('the example settings name every variable the compose file asks for, and choose lan', () => {
  const example = readFileSync('.env.example', 'utf8');
  const asked = [...composeText.matchAll(/\$\{([A-Z_]+)/g)].map(([, name = '']) => name);
  for (const name of asked) expect(example).toMatch(new RegExp(`^${name}=`, 'm'));
  expect(example).toMatch(/^COMPOSE_PROFILES=lan$/m);
});

test('the systemd unit has port 53 as its only privilege', () => {
  const unit = readFileSync('deploy/sallyport.service', 'utf8');
  expect([...unit.matchAll(/^(AmbientCapabilities|CapabilityBoundingSet)=(.*)$/gm)].map((m) => m[2])).toEqual(
    ['CAP_NET_BIND_SERVICE', 'CAP_NET_BIND_SERVICE'],
  );
  for (const line of [
    'DynamicUser=yes',
    'StateDirectory=sallyport',
    'ProtectSystem=strict',
    'NoNewPrivileges=yes',
  ]) {
    expect(unit).toContain(`\n${line}\n`);
  }
});
