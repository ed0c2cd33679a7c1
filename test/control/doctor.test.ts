/** The doctor on firewalls that are there: simulators of OPNsense and pfSense with each fault switched on. */
import { describe, expect, onTestFinished, test } from 'vitest';
import * as opnsense from '../../scripts/simulators/opnsense.ts';
import * as pfsense from '../../scripts/simulators/pfsense.ts';
import { selfSigned } from '../../scripts/simulators/server.ts';
import type { Check } from '../../src/actions/doctor/check.ts';
import { type DoctorRequest, doctor } from '../../src/actions/doctor/doctor.ts';
import { fetchPin } from '../../src/base/certificate.ts';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { Secret } from '../../src/base/secret.ts';
import { doctorPort } from '../../src/control/doctor-port.ts';
import { createFirewalls } from '../../src/control/firewalls.ts';
import { NO_HEALTH } from '../../src/control/health.ts';
import { ledgerStore } from '../../src/control/ledger-store.ts';
import { openAddresses } from '../../src/control/open-addresses.ts';
import { createOpenings } from '../../src/control/openings.ts';
import { syncPort } from '../../src/control/sync-port.ts';
import type { FirewallConfig, FirewallTls } from '../../src/firewall/config.ts';
import { createDriver, loadTls } from '../../src/firewall/registry.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import { listAudit } from '../../src/store/audit.ts';
import { addPin } from '../../src/store/pins.ts';
import { mainDb } from '../store/temp.ts';
import { group, ip, prefix } from '../store/world.ts';

const anna = { name: 'user:anna', origin: '192.168.1.9' };

type Kind = 'opnsense' | 'pfsense';
const ALIAS: Record<Kind, string> = { opnsense: 'plexfw_live', pfsense: 'Plex_Allowed' };

/** One configured firewall with its sync, asked by the doctor as the control plane joins them. */
function clinic(
  driver: Kind,
  url: string,
  { tls = {}, mode = 'write', key }: { tls?: FirewallTls; mode?: 'write' | 'verify'; key?: string } = {},
) {
  const clock = systemClock();
  const db = mainDb();
  const { id, name } = group(db);
  const config: FirewallConfig = {
    name: 'edge',
    driver,
    alias: ALIAS[driver],
    url,
    key: new Secret(key ?? (driver === 'pfsense' ? pfsense.DEFAULT_USER.key : opnsense.DEFAULT_USER.key)),
    ...(driver === 'opnsense' ? { secret: new Secret(opnsense.DEFAULT_USER.secret) } : {}),
    tls,
  };
  const ledger = new Ledger(ledgerStore(db));
  const openings = createOpenings({ db, clock });
  const firewalls = createFirewalls({
    clock,
    log: silentLog(),
    db,
    ledger,
    openings,
    specs: [
      {
        name: 'edge',
        kind: driver,
        alias: config.alias,
        required: true,
        mode,
        groups: 'all',
        driver: createDriver(config, { clock }),
        reach: { url, tls: loadTls('edge', tls) },
      },
    ],
    groupName: () => name,
    isNeverOpened: () => false,
    isAllowed: () => true,
    attempt(_, write) {
      write();
      return true;
    },
    onChange: async () => undefined,
  });
  onTestFinished(() => firewalls.close());
  firewalls.useGroups([{ id, name, graceMs: 0, clients: [] }]);
  const ask = doctor({
    db,
    clock,
    sync: syncPort(firewalls),
    leases: {
      live: (filter) => openAddresses({ db, ledger, openings, firewalls, now: clock.now() }, filter),
    },
    doctor: doctorPort(firewalls, () => NO_HEALTH, clock),
    queries: { search: async () => ({ items: [] }) },
  });
  return {
    db,
    sync: firewalls.byName('edge').sync,
    pin(text: string) {
      addPin(db, {
        groupId: id,
        prefix: prefix(text),
        ports: [],
        note: 'by hand',
        until: undefined,
        origin: 'person',
        createdAt: clock.now(),
        createdBy: 'anna',
      });
      openings.changed();
    },
    async examine(request: Omit<DoctorRequest, 'firewall'> = {}) {
      const checks = await ask({ firewall: 'edge', ...request }, anna);
      return {
        checks,
        of: (check: string): Check | undefined =>
          checks.find((one) => one.firewall === 'edge' && one.check === check),
      };
    },
  };
}

const ended = <S extends { close(): Promise<unknown> }>(simulator: S): S => {
  onTestFinished(async () => void (await simulator.close()));
  return simulator;
};

describe('an OPNsense in order', () => {
  test('has nothing failed, and says what a person must look at', async () => {
    const { url } = ended(await opnsense.start());
    const { sync, examine } = clinic('opnsense', url);
    await sync.run('start');
    const { checks, of } = await examine();
    expect(checks.filter(({ result, firewall }) => result === 'failed' && firewall !== undefined)).toEqual(
      [],
    );
    expect(of('reachable')).toMatchObject({ result: 'ok' });
    expect(of('certificate')).toMatchObject({ result: 'skipped' });
    expect(of('clock')).toMatchObject({ result: 'ok' });
    expect(of('version')).toMatchObject({ result: 'unknown' });
    expect(of('rule-uses-alias')).toMatchObject({
      result: 'unknown',
      remedy: expect.stringContaining('Rules'),
    });
    expect(of('in-sync')).toMatchObject({ result: 'ok' });
    expect(of('only-ours')).toMatchObject({ result: 'ok' });
    expect(of('round-trip')).toMatchObject({ result: 'skipped' });
  });

  test('takes an address in and lets it go, by the way every address goes', async () => {
    const simulator = ended(await opnsense.start());
    const { sync, examine, pin, db } = clinic('opnsense', simulator.url);
    pin('198.51.100.7');
    await sync.run('start');
    const { of } = await examine({ roundTrip: true });
    expect(of('round-trip')).toMatchObject({
      result: 'ok',
      detail: expect.stringMatching(/^192\.0\.2\.253 was put in and seen .* gone .* \(2 writes\)$/),
    });
    const changed = simulator.state.requests.filter((request) => /(add|delete)\/plexfw_live/.test(request));
    expect(changed.slice(-2)).toEqual([
      'POST /api/firewall/alias_util/add/plexfw_live',
      'POST /api/firewall/alias_util/delete/plexfw_live',
    ]);
    expect(simulator.table('plexfw_live')).toEqual(['198.51.100.7']);
    expect(listAudit(db, { limit: 5 }).items).toMatchObject([
      { action: 'firewall.round-trip', actor: 'user:anna', after: { address: '192.0.2.253' } },
    ]);
  });

  test('is cleared of a test address that an earlier run left in it', async () => {
    const simulator = ended(await opnsense.start());
    const { sync } = clinic('opnsense', simulator.url);
    await sync.run('start');
    simulator.state.tables.get('plexfw_live')?.add('192.0.2.253');
    await sync.run('schedule');
    expect(simulator.table('plexfw_live')).toEqual([]);
  });

  test('has its strangers named', async () => {
    const simulator = ended(await opnsense.start());
    simulator.state.tables.get('plexfw_live')?.add('198.51.100.9');
    const { sync, examine } = clinic('opnsense', simulator.url);
    await sync.run('start');
    expect((await examine()).of('only-ours')).toMatchObject({
      result: 'unknown',
      detail: expect.stringContaining('before Sallyport came there were 198.51.100.9'),
    });
    for (const n of [1, 2, 3, 4]) simulator.state.tables.get('plexfw_live')?.add(`203.0.113.${n}`);
    await sync.run('schedule');
    const { of } = await examine();
    expect(of('in-sync')).toMatchObject({ result: 'failed', remedy: expect.stringContaining('--release') });
    expect(of('only-ours')).toMatchObject({
      result: 'failed',
      detail: expect.stringContaining('nothing here explains 203.0.113.1'),
    });
  });

  test('is never given an address that somebody has', async () => {
    const simulator = ended(await opnsense.start());
    const { examine } = clinic('opnsense', simulator.url);
    await expect(examine({ roundTrip: true, testAddress: '1.1.1.1' })).rejects.toMatchObject({
      code: 'invalid-input',
      hint: expect.stringContaining('192.0.2.0/24'),
    });
    await expect(examine({ testAddress: 'plex.tv' })).rejects.toMatchObject({ code: 'invalid-input' });
  });
});

describe('each fault of an OPNsense is named, with its remedy', () => {
  test.each<[string, opnsense.OpnsenseOptions, string, RegExp, RegExp]>([
    ['a wrong key', { users: [], switches: { loginDelayMs: 0 } }, 'key', /refused the key/, /API keys/],
    [
      'no privilege',
      { users: [{ ...opnsense.DEFAULT_USER, privileges: [] }] },
      'privileges',
      /does not allow the key/,
      /Diagnostics: PF Table IP addresses/,
    ],
    ['no alias', { aliases: [] }, 'alias', /has no alias plexfw_live/, /External \(advanced\)/],
    [
      'a silent backend',
      { switches: { configdDown: true, configdDelayMs: 0 } },
      'reachable',
      /configd/,
      /^$/,
    ],
    ['a lost header', { switches: { dropAuth: true } }, 'reachable', /login page/, /without a proxy/],
    [
      'a portal',
      { switches: { htmlInsteadOfJson: true } },
      'reachable',
      /instead of JSON/,
      /web page answers/,
    ],
  ])('%s', async (_, options, check, detail, remedy) => {
    const { url } = ended(await opnsense.start(options));
    const { of, checks } = await clinic('opnsense', url).examine();
    expect(of(check)).toMatchObject({ result: 'failed', detail: expect.stringMatching(detail) });
    expect(of(check)?.remedy ?? '').toMatch(remedy);
    expect(JSON.stringify(checks)).not.toContain(opnsense.DEFAULT_USER.secret);
  });

  test('writes that do nothing: only the round trip sees it', async () => {
    const { url } = ended(await opnsense.start({ switches: { doneDoesNothing: true } }));
    const { of } = await clinic('opnsense', url).examine({ roundTrip: true });
    expect(of('privileges')).toMatchObject({ result: 'ok' });
    expect(of('round-trip')).toMatchObject({
      result: 'failed',
      detail: expect.stringContaining('the read-back does not show it'),
      remedy: expect.stringContaining('may write'),
    });
  });

  test('an address nobody answers at', async () => {
    const simulator = await opnsense.start();
    await simulator.close();
    const { of } = await clinic('opnsense', simulator.url).examine();
    expect(of('reachable')).toMatchObject({
      result: 'failed',
      detail: expect.stringContaining('refused the connection'),
    });
    expect(of('rule-uses-alias')).toMatchObject({ result: 'skipped' });
    expect(of('only-ours')).toMatchObject({ result: 'skipped' });
  });

  test('a clock that is off', async () => {
    const simulator = ended(await opnsense.start());
    simulator.set({ clockOffMs: -3_600_000 });
    const { of } = await clinic('opnsense', simulator.url).examine();
    expect(of('clock')).toMatchObject({
      result: 'failed',
      detail: expect.stringMatching(/3(599|600|601) s behind/),
      remedy: expect.stringContaining('NTP'),
    });
  });
});

describe('the certificate', () => {
  const tls = selfSigned('firewall.internal');

  test('that nobody vouches for: how to trust it', async () => {
    const { url } = ended(await opnsense.start({ tls }));
    const { of } = await clinic('opnsense', url).examine();
    expect(of('certificate')).toMatchObject({
      result: 'failed',
      detail: expect.stringMatching(
        /is self-signed \(CN=firewall\.internal, signed by CN=firewall\.internal\)/,
      ),
      remedy: expect.stringMatching(/^To trust its key: sallyport firewalls trust edge\./),
    });
  });

  test('whose key is pinned, and how long it is valid', async () => {
    const { url } = ended(await opnsense.start({ tls }));
    const { of } = await clinic('opnsense', url, {
      tls: { pin: await fetchPin(url, { timeoutMs: 2000 }) },
    }).examine();
    expect(of('certificate')).toMatchObject({
      result: 'ok',
      detail: 'CN=firewall.internal: its key is the pinned one, valid for 1 day more',
    });
    expect(of('clock')).toMatchObject({ result: 'ok' });
  });

  test('with another key than the pinned one: nothing was sent', async () => {
    const simulator = ended(await opnsense.start({ tls }));
    const pin = `sha256/${'A'.repeat(43)}=`;
    const { of } = await clinic('opnsense', simulator.url, { tls: { pin } }).examine();
    expect(of('certificate')).toMatchObject({
      result: 'failed',
      detail: expect.stringContaining(`tls.pin is ${pin}`),
      remedy: expect.stringContaining('sallyport firewalls trust edge'),
    });
    expect(simulator.state.requests).toEqual([]);
  });

  test('of an authority we are told of, which ends soon', async () => {
    const { url } = ended(await opnsense.start({ tls }));
    const { of } = await clinic('opnsense', url, {
      tls: { ca: tls.cert, serverName: 'firewall.internal' },
    }).examine();
    expect(of('certificate')).toMatchObject({
      result: 'ok',
      detail: expect.stringContaining('verified, signed by CN=firewall.internal, valid for 1 day'),
      remedy: expect.stringContaining('Renew it'),
    });
  });
});

describe('a pfSense', () => {
  test('in order takes an address in and out, at two config revisions', async () => {
    const simulator = ended(await pfsense.start());
    const { sync, examine, pin } = clinic('pfsense', simulator.url);
    pin('198.51.100.7');
    await sync.run('start');
    const { revisions } = simulator.state;
    const { of, checks } = await examine({ roundTrip: true });
    expect(checks.filter(({ result, firewall }) => result === 'failed' && firewall !== undefined)).toEqual(
      [],
    );
    expect(of('round-trip')?.result).toBe('ok');
    expect(simulator.state.revisions).toBe(revisions + 2);
    expect(simulator.table('Plex_Allowed')).toEqual(['198.51.100.7']);
  });

  test('that says yes and stores nothing is found out by the round trip alone', async () => {
    const users = [{ ...pfsense.DEFAULT_USER, configReadonly: true }];
    const simulator = ended(await pfsense.start({ users }));
    const { of } = await clinic('pfsense', simulator.url).examine({ roundTrip: true });
    expect(of('privileges')).toMatchObject({ result: 'ok', remedy: expect.stringContaining('Deny Config') });
    expect(of('round-trip')).toMatchObject({
      result: 'failed',
      detail: expect.stringContaining('did not store it'),
    });
  });

  test('that another one writes is read only', async () => {
    const simulator = ended(await pfsense.start());
    const { of } = await clinic('pfsense', simulator.url, { mode: 'verify' }).examine({ roundTrip: true });
    expect(of('round-trip')).toMatchObject({ result: 'skipped' });
    expect(simulator.state.revisions).toBe(0);
  });

  test.each<[string, pfsense.PfsenseOptions, string, RegExp, RegExp]>([
    ['a wrong key', { users: [] }, 'key', /refused the key/, /System > REST API > Keys/],
    [
      'no package',
      { switches: { html: 'not-installed' } },
      'version',
      /has no/,
      /install pfSense-pkg-RESTAPI/,
    ],
    ['an old package', { version: 'v2.5.4' }, 'version', /diagnostics\/table/, /v2\.6\.0/],
    [
      'a web server that was not restarted',
      { switches: { html: 'webgui-not-restarted' } },
      'version',
      /PATCH/,
      /restart_webgui/,
    ],
    ['read only', { switches: { readOnlyMode: true } }, 'version', /does not allow/, /Read Only/],
    ['PHP that is down', { switches: { html: 'php-down' } }, 'reachable', /502/, /^$/],
    ['no alias', { aliases: [] }, 'alias', /no alias Plex_Allowed/, /Host\(s\)/],
  ])('with a fault: %s', async (_, options, check, detail, remedy) => {
    const { url } = ended(await pfsense.start(options));
    const { of } = await clinic('pfsense', url).examine();
    expect(of(check)).toMatchObject({ result: 'failed', detail: expect.stringMatching(detail) });
    expect(of(check)?.remedy ?? '').toMatch(remedy);
  });
});

test('what a round trip put in is not offered to anybody as open', async () => {
  const { url } = ended(await opnsense.start());
  const { sync, examine } = clinic('opnsense', url);
  await sync.run('start');
  await examine({ roundTrip: true, testAddress: '2001:db8::253' });
  expect(sync.held.has(ip('2001:db8::253'))).toBe(false);
});
