/** The set-up's own routes: how far it has come, the self-test, a firewall that is only typed in, and every setting with its source. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KnownError, TransientDriverError } from '../../src/base/errors.ts';
import { configurationOf } from '../actions/configuration-file.ts';
import { createWorld, firewall, group, ip, NOON, type World } from '../actions/world.ts';
import { bearer, createClient } from './stage.ts';

let world: World;
beforeEach(() => {
  world = createWorld();
});
afterEach(() => world.close());

const CERTIFICATE = {
  pin: `sha256/${'A'.repeat(43)}=`,
  subject: 'CN=edge',
  issuer: 'CN=edge',
  validFrom: NOON - 1000,
  validTo: NOON + 90 * 86_400_000,
};
const TYPED = { driver: 'opnsense', url: 'https://192.168.1.1', key: 'k', secret: 's', alias: 'plexfw_live' };

function asking(change: Parameters<typeof createClient>[2] = {}) {
  const { ask } = createClient(world, 'web', change);
  return {
    get: async (path: string) => (await ask('GET', `/api/v1${path}`, { headers: bearer })).body,
    post: (path: string, body: unknown = {}) => ask('POST', `/api/v1${path}`, { body, headers: bearer }),
  };
}

/** The same house, with these variables set. */
function withEnvironment(env: Record<string, string>): void {
  Object.assign(world.file.env, env);
  Object.assign(world.configuration, configurationOf(world.db, world.clock, world.file));
}

describe('how far the set-up has come', () => {
  test('at first only the admin is there, and DNS listens where no host can ask', async () => {
    const { items } = await asking().get('/setup/steps');
    expect(items.map(({ step, state }: { step: string; state: string }) => [step, state])).toEqual([
      ['admin', 'done'],
      ['dns', 'open'],
      ['firewall', 'open'],
      ['host', 'open'],
      ['learn', 'open'],
      ['point', 'open'],
      ['leaks', 'yours'],
    ]);
    expect(items[2].detail).toBe(
      'No firewall is connected: addresses are NOT enforced, and names are filtered only once a host enforces',
    );
  });

  test.each([
    ['127.0.0.1', 53, 'open', 'DNS listens on 127.0.0.1:53 only, where no other host can ask'],
    ['192.168.1.20', 1053, 'open', 'DNS listens on 192.168.1.20:1053, and hosts ask port 53'],
    ['192.168.1.20', 53, 'done', 'DNS listens on 192.168.1.20:53'],
  ] as const)('DNS on %s:%i is %s', async (address, port, state, detail) => {
    const listeners = [{ protocol: 'udp', address, port } as const];
    const read = { ...world.status.read(), listeners };
    const { get } = asking({ status: { ...world.status, read: () => read } });
    const dns = async () => (await get('/setup/steps')).items[1];
    expect(await dns()).toMatchObject({ step: 'dns', state, detail });
    if (state === 'open') expect((await dns()).remedy).toContain('npm start -- --lan 192.168.1.20');
    // A host that asks all the same shows that it comes through.
    group(world, 'plex');
    world.queryLog.push(queryOf('192.168.20.5', 'plex.tv'));
    expect(await dns()).toMatchObject({ state: 'done' });
  });

  test('what the environment has set says by which variable', async () => {
    withEnvironment({
      SALLYPORT_ADMIN_PASSWORD: 'correct horse battery',
      SALLYPORT_DNS_LISTEN: '127.0.0.1:1053',
      SALLYPORT_FIREWALL_DRIVER: 'opnsense',
      SALLYPORT_FIREWALL_URL: 'https://192.168.1.1',
      SALLYPORT_FIREWALL_KEY: 'k',
      SALLYPORT_FIREWALL_SECRET: 's',
      SALLYPORT_FIREWALL_ALIAS: 'plexfw_live',
    });
    world.firewalls.push(firewall({ name: 'default', ruleUse: 'unknown' }));
    const { items } = await asking().get('/setup/steps');
    expect(items.slice(0, 3)).toMatchObject([
      { step: 'admin', presetBy: 'SALLYPORT_ADMIN_PASSWORD' },
      { step: 'dns', presetBy: 'SALLYPORT_DNS_LISTEN' },
      { step: 'firewall', state: 'done', presetBy: 'SALLYPORT_FIREWALL_DRIVER' },
    ]);
    expect(items[2].detail).toContain('cannot be seen from here');
  });

  test.each([
    [{ connected: false }, 'default does not answer, or not as it should'],
    [{ ruleUse: 'unused' }, 'default: no rule uses plexfw_live, so nothing is enforced yet'],
    [{ enforces: false }, 'default: it is a stand-in, and stops no packet'],
  ] as const)('a firewall that is %j is not done', async (change, detail) => {
    world.firewalls.push(firewall({ name: 'default', ...change }));
    const { items } = await asking().get('/setup/steps');
    expect(items[2]).toMatchObject({ state: 'open', detail });
  });

  test('the group of a first start is nobody’s; one of a person is a protected host that learns', async () => {
    group(world, 'this-machine', { origin: 'default' });
    const { get } = asking();
    expect((await get('/setup/steps')).items[3]).toMatchObject({ step: 'host', state: 'open' });
    group(world, 'plex', { presets: ['plex-core'] });
    world.queryLog.push(queryOf('192.168.20.5', 'plex.tv'));
    const { items } = await get('/setup/steps');
    expect(items.slice(3, 6)).toEqual([
      { step: 'host', state: 'done', detail: 'plex: 192.168.20.5 with plex-core' },
      {
        step: 'learn',
        state: 'done',
        detail: 'plex learns: every name is answered and written down, nothing is refused',
      },
      {
        step: 'point',
        state: 'done',
        detail: 'Heard from 192.168.20.5: plex.tv',
        heard: { client: '192.168.20.5', name: 'plex.tv', at: new Date(NOON).toISOString() },
      },
    ]);
  });
});

describe('the self-test', () => {
  test('asks each listener, and tells who asks', async () => {
    world.queryLog.push(queryOf('192.168.20.5', 'plex.tv'), queryOf('192.168.20.5', 'older.example'));
    world.queryLog.push(queryOf('192.168.1.20', 'healthcheck.invalid'));
    const { body } = await asking().post('/setup/self-test');
    expect(body).toEqual({
      listeners: [
        { protocol: 'udp', address: '127.0.0.1', port: 1053, answers: true, detail: 'answered in 1 ms' },
      ],
      clients: [{ address: '192.168.20.5', name: 'plex.tv', at: new Date(NOON).toISOString() }],
    });
  });

  test('a port that is taken is told with what to do about it', async () => {
    const taken = { code: 'EADDRINUSE', remedy: 'Something else listens there: see ss -lunp.' };
    const read = world.status.read();
    const status = {
      ...world.status,
      read: () => ({
        ...read,
        listeners: [{ protocol: 'udp', address: '0.0.0.0', port: 53, error: taken } as const],
      }),
    };
    const { body } = await asking({ status }).post('/setup/self-test');
    expect(body.listeners).toMatchObject([
      { answers: false, detail: '0.0.0.0:53 could not be opened: EADDRINUSE', remedy: taken.remedy },
    ]);
  });

  test('questions that all come from the gateway of our own network hide who asks', async () => {
    world.seen.machine = { ...world.seen.machine, gateways: new Set([ip('172.18.0.1')]) };
    world.queryLog.push(queryOf('172.18.0.1', 'plex.tv'));
    const { post } = asking();
    const { body } = await post('/setup/self-test');
    expect(body.hidden.gateway).toBe('172.18.0.1');
    expect(body.hidden.fixes).toHaveLength(2);
    world.queryLog.push(queryOf('192.168.20.5', 'plex.tv'));
    expect((await post('/setup/self-test')).body.hidden).toBeUndefined();
  });
});

describe('a firewall that is typed in', () => {
  test('what cannot be right is said before anybody is asked', async () => {
    const { body } = await asking().post('/firewalls/try', { ...TYPED, url: 'http://192.168.1.1', key: '' });
    expect(body.ok).toBe(false);
    expect(body.items.map(({ check }: { check: string }) => check)).toEqual(['url', 'key']);
    expect(world.calls).toEqual([]);
  });

  test('a certificate that nobody vouches for is shown to be compared, and nothing else is looked at', async () => {
    const refusal = new KnownError(
      'certificate-untrusted',
      'The certificate of https://192.168.1.1:443 is self-signed',
    );
    world.trials.found = {
      knock: { url: TYPED.url, pin: undefined, certificate: CERTIFICATE, refusal, clockAheadMs: undefined },
      findings: undefined,
    };
    const { body } = await asking().post('/firewalls/try', TYPED);
    expect(body).toMatchObject({ ok: false, certificate: { pin: CERTIFICATE.pin, trusted: false } });
    expect(body.items[0]).toMatchObject({ check: 'certificate', result: 'failed' });
    expect(body.items[0].remedy).toMatch(/^Compare the fingerprint of its key/);
    expect(body.items[1]).toMatchObject({
      check: 'reachable',
      detail: expect.stringContaining('no key was sent'),
    });
    expect(body.items.slice(2).every(({ result }: { result: string }) => result === 'skipped')).toBe(true);
  });

  test('one that does not answer is told with what to look at', async () => {
    const refusal = new TransientDriverError('https://192.168.1.1:443 refused the connection after 3 ms');
    world.trials.found = {
      knock: { url: TYPED.url, pin: undefined, certificate: undefined, refusal, clockAheadMs: undefined },
      findings: undefined,
    };
    const { body } = await asking().post('/firewalls/try', TYPED);
    expect(body.items[1]).toMatchObject({
      check: 'reachable',
      result: 'failed',
      detail: refusal.message,
      remedy: expect.stringContaining('Look at the address'),
    });
  });

  test('with what its driver found, and nothing of it is kept', async () => {
    world.trials.found = {
      knock: {
        url: TYPED.url,
        pin: CERTIFICATE.pin,
        certificate: CERTIFICATE,
        refusal: undefined,
        clockAheadMs: 0,
      },
      findings: [
        { check: 'reachable', result: 'ok', detail: 'answers' },
        { check: 'key', result: 'ok', detail: 'is known' },
        { check: 'alias', result: 'failed', detail: 'there is no alias plexfw_live', remedy: 'Make it.' },
      ],
    };
    const { body } = await asking().post('/firewalls/try', { ...TYPED, pin: CERTIFICATE.pin });
    expect(body).toMatchObject({ ok: false, certificate: { trusted: true } });
    expect(body.items).toContainEqual({
      check: 'alias',
      result: 'failed',
      detail: 'there is no alias plexfw_live',
      remedy: 'Make it.',
    });
    expect(JSON.stringify(body)).not.toContain('"s"');
    expect(world.firewalls).toEqual([]);
  });
});

test('every setting says what is in force and who said so; secrets are not told', async () => {
  world.file.text = ['sync: { schedule: "*/2 * * * *" }', 'limits: { wildcard: { names: 50 } }'].join('\n');
  withEnvironment({
    SALLYPORT_UPSTREAMS: 'udp://192.168.1.1',
    SALLYPORT_FIREWALL_DRIVER: 'opnsense',
    SALLYPORT_FIREWALL_URL: 'https://192.168.1.1',
    SALLYPORT_FIREWALL_KEY: 'the-key-itself',
    SALLYPORT_FIREWALL_SECRET: 'the-secret-itself',
    SALLYPORT_FIREWALL_ALIAS: 'plexfw_live',
  });
  group(world, 'plex', { graceMs: 60_000 });
  const answer = await asking().get('/settings');
  const of = (key: string) => answer.items.find((item: { key: string }) => item.key === key);
  expect(of('sync.schedule')).toEqual({
    key: 'sync.schedule',
    value: '*/2 * * * *',
    default: '* * * * *',
    source: 'file',
    place: 'sallyport.yaml:1',
  });
  expect(of('limits.wildcard.names')).toMatchObject({
    value: '50',
    default: '1000',
    place: 'sallyport.yaml:2',
  });
  expect(of('upstreams')).toMatchObject({ source: 'environment', place: 'SALLYPORT_UPSTREAMS' });
  expect(of('dns.listen')).toEqual({ key: 'dns.listen', default: '127.0.0.1:1053', source: 'default' });
  expect(of('oidc.name')).toEqual({ key: 'oidc.name', source: 'default' });
  expect(of('firewalls[0].key')).toMatchObject({ value: '••••', place: 'SALLYPORT_FIREWALL_KEY' });
  expect(of('groups.plex.grace')).toEqual({
    key: 'groups.plex.grace',
    value: '1m',
    default: '10m',
    source: 'page',
  });
  // As the schema of the database has them: a group that says nothing has nothing but defaults.
  group(world, 'nas');
  const again = await asking().get('/settings');
  const ofNas = again.items.filter(({ key }: { key: string }) => key.startsWith('groups.nas.'));
  expect(ofNas.length).toBeGreaterThan(5);
  expect(ofNas.every(({ source }: { source: string }) => source === 'default')).toBe(true);
  expect(JSON.stringify(answer)).not.toContain('itself');
});

function queryOf(client: string, name: string) {
  return {
    id: 1,
    at: NOON,
    client,
    name,
    type: 'A',
    verdict: 'allowed',
    reason: 'rule',
    rcode: 'NOERROR',
    source: 'upstream',
    durationMs: 1,
    answers: [],
    count: 1,
  } as const;
}
