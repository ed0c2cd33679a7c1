/** The ways boxes go wrong, each with how it begins, how it ends, and what the state says meanwhile. */
import {
  DEFAULT_USER as MIKROTIK_USER,
  type MikrotikSwitches,
} from '../../../scripts/simulators/mikrotik.ts';
import {
  externalAlias,
  DEFAULT_USER as OPNSENSE_USER,
  type OpnsenseSwitches,
} from '../../../scripts/simulators/opnsense.ts';
import type { OpnsenseVersion } from '../../../scripts/simulators/opnsense-versions.ts';
import { DEFAULT_USER as PFSENSE_USER, type PfsenseSwitches } from '../../../scripts/simulators/pfsense.ts';
import { type Mischief, renewed } from '../../../scripts/simulators/server.ts';
import { DEFAULT_SECRET, type WebhookSwitches } from '../../../scripts/simulators/webhook.ts';
import {
  type Box,
  CERTIFIED_NAME,
  mikrotikBox,
  newCertificate,
  OPNSENSE_ALIAS,
  opnsenseBox,
  pfsenseBox,
  webhookBox,
} from './boxes.ts';

export interface Fault {
  readonly name: string;
  /** Makes the box, and the switch of its fault. */
  readonly make: () => Promise<{ readonly box: Box; readonly begin: () => void; readonly end: () => void }>;
  /** What the last error says while it lasts; absent: the table is as desired all the same. */
  readonly says?: RegExp;
  /** Nothing is answered: the run ends by its own limit. */
  readonly hangs?: true;
  /** Minutes after the end until it is noticed, where more than one: credentials that were refused are left alone. */
  readonly noticedInMin?: number;
}

type Sim<Make extends (...rest: never[]) => Promise<Box>> = Awaited<ReturnType<Make>>;
type Opnsense = Sim<typeof opnsenseBox>;
type Pfsense = Sim<typeof pfsenseBox>;
type Mikrotik = Sim<typeof mikrotikBox>;
type Webhook = Sim<typeof webhookBox>;

/** What any server can do to its clients. */
function ofAnyServer(
  kind: string,
  makeBox: (tls?: ReturnType<typeof newCertificate>) => Promise<Box>,
): readonly Fault[] {
  const mischief = (name: string, wrong: Mischief, more: Omit<Fault, 'name' | 'make'>): Fault => ({
    name: `${kind}: ${name}`,
    make: async () => {
      const box = await makeBox();
      return {
        box,
        begin: () => box.simulator.misbehave(wrong),
        end: () => box.simulator.misbehave({}),
      };
    },
    ...more,
  });
  const WRITES = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);
  return [
    mischief('no answer at all', { stalled: true }, { says: /was not done after 120 s/, hangs: true }),
    mischief('a storm of 503', { storm: {} }, { says: /answered HTTP 503/ }),
    mischief('a storm of 503 that asks for a minute', { storm: { retryAfter: '60' } }, { says: /HTTP 503/ }),
    mischief(
      'a storm of 503 that asks for 31 years',
      { storm: { retryAfter: '999999999' } },
      {
        says: /HTTP 503/,
        noticedInMin: 10,
      },
    ),
    mischief('HTML with 200', { page: true }, { says: /with text\/html instead of JSON/ }),
    mischief('connections closed just as they are used', { closesAfter: 2 }, {}),
    mischief('answers cut short', { truncated: true }, { says: /with broken JSON/ }),
    mischief(
      'the connection lost after a write was worked on',
      { dropAnswerTo: ({ method, path }) => WRITES.has(method) && !path.includes('/list/') },
      {},
    ),
    {
      name: `${kind}: a certificate renewed with the same key`,
      make: async () => {
        const old = newCertificate();
        const box = await makeBox(old);
        const { simulator } = box;
        return {
          box,
          begin: () => simulator.renewCertificate(renewed(old, CERTIFIED_NAME)),
          end: () => simulator.renewCertificate(old),
        };
      },
    },
    {
      name: `${kind}: a certificate with another key`,
      make: async () => {
        const old = newCertificate();
        const box = await makeBox(old);
        const { simulator } = box;
        return {
          box,
          begin: () => simulator.renewCertificate(newCertificate()),
          end: () => simulator.renewCertificate(old),
        };
      },
      says: /shows the key sha256\/.*Nothing was sent.*set tls\.pin/,
    },
    {
      name: `${kind}: a reboot`,
      make: async () => {
        const box = await makeBox();
        return { box, begin: () => box.byItself(() => box.simulator.reboot()), end: () => {} };
      },
    },
  ];
}

interface Switched {
  readonly simulator: { set(change: object): void };
}

function switching<B extends Box & Switched, Switches extends object>(
  kind: string,
  makeBox: () => Promise<B>,
) {
  return (
    name: string,
    on: Partial<Switches>,
    off: Partial<Switches>,
    more: Omit<Fault, 'name' | 'make'> = {},
  ): Fault => ({
    name: `${kind}: ${name}`,
    make: async () => {
      const box = await makeBox();
      return { box, begin: () => box.simulator.set(on), end: () => box.simulator.set(off) };
    },
    ...more,
  });
}

function doing<B extends Box>(kind: string, makeBox: () => Promise<B>) {
  return (
    name: string,
    begin: (box: B) => void,
    end: (box: B) => void,
    more: Omit<Fault, 'name' | 'make'> = {},
  ): Fault => ({
    name: `${kind}: ${name}`,
    make: async () => {
      const box = await makeBox();
      return { box, begin: () => begin(box), end: () => end(box) };
    },
    ...more,
  });
}

const pfsenseWith = switching<Pfsense, PfsenseSwitches>('pfsense', () => pfsenseBox());
const pfsenseWhere = doing<Pfsense>('pfsense', () => pfsenseBox());
const mikrotikWith = switching<Mikrotik, MikrotikSwitches>('mikrotik', () => mikrotikBox());
const mikrotikWhere = doing<Mikrotik>('mikrotik', () => mikrotikBox());
const webhookWith = switching<
  Webhook,
  { [Name in keyof WebhookSwitches]: WebhookSwitches[Name] | undefined }
>('webhook', () => webhookBox());
const webhookWhere = doing<Webhook>('webhook', () => webhookBox());

const NOT_SHOWN = /the firewall said yes, but its table does not show/;

/** Each release that differs in what the driver reads; 26.1 differs from 25.7 in nothing of that. */
const OPNSENSE = (['25.1', '25.7', '26.7'] as const).flatMap(opnsenseFaults);

function opnsenseFaults(version: OpnsenseVersion): readonly Fault[] {
  const kind = `opnsense ${version}`;
  const makeBox = (certificate?: ReturnType<typeof newCertificate>) => opnsenseBox(certificate, version);
  const opnsenseWith = switching<Opnsense, OpnsenseSwitches>(kind, () => makeBox());
  const opnsenseWhere = doing<Opnsense>(kind, () => makeBox());
  return [
    ...ofAnyServer(kind, makeBox),
    opnsenseWith(
      'done without effect',
      { doneDoesNothing: true },
      { doneDoesNothing: false },
      { says: NOT_SHOWN },
    ),
    opnsenseWith('no room in pf', { tableLimit: 2 }, { tableLimit: 1000 }, { says: NOT_SHOWN }),
    opnsenseWith(
      'a dead backend',
      { configdDown: true },
      { configdDown: false },
      { says: /configd\) is silent|does not show/ },
    ),
    opnsenseWith(
      'a PHP error with 200',
      { htmlFatal: true },
      { htmlFatal: false },
      { says: /PHP fatal error/ },
    ),
    opnsenseWith(
      'a proxy that drops the key',
      { dropAuth: true },
      { dropAuth: false },
      {
        says: /sent us to its login page/,
      },
    ),
    opnsenseWhere(
      'a key that was withdrawn',
      ({ simulator }) => void simulator.users.pop(),
      ({ simulator }) => void simulator.users.push(OPNSENSE_USER),
      { says: /refused the key.*not tried again for/, noticedInMin: 6 },
    ),
    opnsenseWhere(
      'an alias that was deleted',
      ({ simulator, byItself }) =>
        byItself(() => {
          simulator.pfTable.clear();
          simulator.state.tables.delete(OPNSENSE_ALIAS);
          simulator.state.aliases.delete(OPNSENSE_ALIAS);
        }),
      ({ simulator }) => {
        simulator.state.tables.set(OPNSENSE_ALIAS, simulator.pfTable);
        simulator.state.aliases.set(OPNSENSE_ALIAS, externalAlias());
      },
      { says: /has no alias plexfw_live.*Make it/ },
    ),
    opnsenseWhere(
      'a version below the floor',
      ({ simulator }) => simulator.install('22.7'),
      ({ simulator }) => simulator.install(version),
      { says: /OPNsense 25\.1 or newer is needed/ },
    ),
  ];
}

const PFSENSE: readonly Fault[] = [
  ...ofAnyServer('pfsense', pfsenseBox),
  pfsenseWith('a lost update', { loseNextWrite: true }, {}),
  pfsenseWith('an id that shifts', { shiftIdsBeforeNextPatch: true }, {}),
  pfsenseWith('a connection reset after processing', { resetAfterNextWrite: true }, {}),
  pfsenseWith(
    'a reload that fails',
    { reloadFails: true },
    { reloadFails: false },
    {
      says: /has not finished its filter reload/,
    },
  ),
  pfsenseWith(
    'a left-over dispatcher lock',
    { staleDispatcherLock: true },
    { staleDispatcherLock: false },
    {
      says: /FirewallApplyDispatcher\.lock was left behind/,
    },
  ),
  pfsenseWith(
    'a held write lock',
    { writeLockHeld: true },
    { writeLockHeld: false },
    {
      says: /Failed to write to the configuration file/,
    },
  ),
  pfsenseWith(
    'an API that was switched off',
    { apiEnabled: false },
    { apiEnabled: true },
    { says: /not enabled/ },
  ),
  pfsenseWith(
    'read-only mode',
    { readOnlyMode: true },
    { readOnlyMode: false },
    { says: /Switch off "Read Only"/ },
  ),
  pfsenseWith(
    'a package that an upgrade removed',
    { html: 'not-installed' },
    { html: 'no' },
    {
      says: /install pfSense-pkg-RESTAPI v2\.6\.0/,
    },
  ),
  pfsenseWith(
    'a web server that was not restarted',
    { html: 'webgui-not-restarted' },
    { html: 'no' },
    {
      says: /rc\.restart_webgui/,
    },
  ),
  pfsenseWith('a dead PHP', { html: 'php-down' }, { html: 'no' }, { says: /HTTP 502/ }),
  pfsenseWhere(
    'a lock-out',
    ({ simulator }) => {
      simulator.set({ lockoutAfter: 0 });
      simulator.dropConnections();
    },
    ({ simulator }) => simulator.set({ lockoutAfter: 3 }),
    { says: /closed the connection/ },
  ),
  pfsenseWhere(
    'a package below the floor',
    ({ simulator }) => {
      simulator.state.version = 'v2.5.4';
    },
    ({ simulator }) => {
      simulator.state.version = 'v2.10.0';
    },
    { says: /older than v2\.6\.0/ },
  ),
  pfsenseWhere(
    'a key that was withdrawn',
    ({ simulator }) => void simulator.users.pop(),
    ({ simulator }) => void simulator.users.push(PFSENSE_USER),
    { says: /refused the key.*not tried again for/, noticedInMin: 31 },
  ),
  pfsenseWhere(
    'a user whose writes are not stored',
    ({ simulator }) => void simulator.users.splice(0, 1, { ...PFSENSE_USER, configReadonly: true }),
    ({ simulator }) => void simulator.users.splice(0, 1, PFSENSE_USER),
    { says: /said yes to a change .* and did not store it/ },
  ),
  pfsenseWhere(
    'a rule that was deleted',
    ({ simulator, byItself }) =>
      byItself(() => {
        simulator.state.referenced.clear();
        simulator.reboot();
      }),
    ({ simulator }) => {
      simulator.state.referenced.add('Plex_Allowed');
      simulator.reboot();
    },
    { says: /No firewall rule uses the alias Plex_Allowed/ },
  ),
];

const MIKROTIK: readonly Fault[] = [
  ...ofAnyServer('mikrotik', mikrotikBox),
  mikrotikWith(
    'writes without effect',
    { writesDoNothing: true },
    { writesDoNothing: false },
    { says: NOT_SHOWN },
  ),
  mikrotikWith('ids that shift', { shiftIdsBeforeNextWrite: true }, {}),
  mikrotikWith(
    'RouterOS 6',
    { version: '6.49.18' },
    { version: '7.20.4' },
    { says: /needs RouterOS 7\.1 or newer/ },
  ),
  mikrotikWhere(
    'a user that was removed',
    ({ simulator }) => void simulator.users.pop(),
    ({ simulator }) => void simulator.users.push(MIKROTIK_USER),
    { says: /refused user and password.*not tried again for/, noticedInMin: 6 },
  ),
  mikrotikWhere(
    'a user that may not write',
    ({ simulator }) => void simulator.users.splice(0, 1, { ...MIKROTIK_USER, mayWrite: false }),
    ({ simulator }) => void simulator.users.splice(0, 1, MIKROTIK_USER),
    { says: /does not allow the user.*policies read, write and rest-api/ },
  ),
];

const WEBHOOK: readonly Fault[] = [
  ...ofAnyServer('webhook', webhookBox),
  webhookWith(
    'done without effect',
    { doneDoesNothing: true },
    { doneDoesNothing: false },
    { says: NOT_SHOWN },
  ),
  webhookWith('an alias said to be empty once', { emptyNext: true }, {}),
  webhookWith(
    'an alias said to be empty at every other read',
    { emptyEveryOther: true },
    { emptyEveryOther: false },
  ),
  webhookWith(
    'a list of another form',
    { says: ['192.0.2.1'] },
    { says: undefined },
    { says: /did not say what plex holds/ },
  ),
  webhookWith(
    'a list with a prefix in it',
    { says: { addresses: ['0.0.0.0/0'] } },
    { says: undefined },
    {
      says: /says that plex holds "0\.0\.0\.0\/0"/,
    },
  ),
  webhookWith('a script that fails', { status: 500 }, { status: undefined }, { says: /HTTP 500/ }),
  webhookWith(
    'a script that sends us elsewhere',
    { status: 302 },
    { status: undefined },
    { says: /HTTP 302/ },
  ),
  webhookWith(
    'an alias that was deleted',
    { status: 404 },
    { status: undefined },
    { says: /knows no alias plex/ },
  ),
  webhookWhere(
    'another secret',
    ({ simulator }) => simulator.useSecret('changed'),
    ({ simulator }) => simulator.useSecret(DEFAULT_SECRET),
    { says: /refused the secret.*not tried again for/, noticedInMin: 6 },
  ),
];

export const FAULTS: readonly Fault[] = [...OPNSENSE, ...PFSENSE, ...MIKROTIK, ...WEBHOOK];
