import { DEFAULT_USER as PFSENSE_USER, type PfsenseSwitches } from '../../../scripts/simulators/pfsense.ts';
import { pfsenseBox } from './boxes.ts';
import { doing, type Fault, ofAnyServer, switching } from './fault.ts';

type Pfsense = Awaited<ReturnType<typeof pfsenseBox>>;

const pfsenseWith = switching<Pfsense, PfsenseSwitches>('pfsense', () => pfsenseBox());
const pfsenseWhere = doing<Pfsense>('pfsense', () => pfsenseBox());

export const PFSENSE_FAULTS: readonly Fault[] = [
  ...ofAnyServer('pfsense', pfsenseBox),
  pfsenseWith('a lost update', { loseNextWrite: true }, {}),
  pfsenseWith('an id that shifts', { shiftIdsBeforeNextPatch: true }, {}),
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
    'a version below the floor',
    ({ simulator }) => {
      simulator.state.version = 'v2.5.4';
    },
    ({ simulator }) => {
      simulator.state.version = 'v2.10.0';
    },
    { says: /older than v2\.6\.0/ },
  ),
  pfsenseWhere(
    'credentials that were withdrawn',
    ({ simulator }) => void simulator.users.pop(),
    ({ simulator }) => void simulator.users.push(PFSENSE_USER),
    { says: /refused the key.*not tried again for/, noticedInMin: 31 },
  ),
  pfsenseWhere(
    'done without effect',
    ({ simulator }) => void simulator.users.splice(0, 1, { ...PFSENSE_USER, configReadonly: true }),
    ({ simulator }) => void simulator.users.splice(0, 1, PFSENSE_USER),
    { says: /said yes to a change .* and did not store it/ },
  ),
  pfsenseWhere(
    'an alias that was deleted',
    ({ simulator, byItself }) =>
      byItself(() => {
        simulator.state.aliases.splice(0);
        simulator.reboot();
      }),
    ({ simulator }) =>
      void simulator.state.aliases.push({
        name: 'Plex_Allowed',
        type: 'host',
        descr: '',
        address: [],
        detail: [],
      }),
    { says: /no alias Plex_Allowed.*Make it/ },
  ),
  pfsenseWhere(
    'an alias of another type',
    ({ simulator }) => void Object.assign(simulator.state.aliases[1] ?? {}, { type: 'network' }),
    ({ simulator }) => void Object.assign(simulator.state.aliases[1] ?? {}, { type: 'host' }),
    { says: /is of type network.*Make an alias of type Host/ },
  ),
  pfsenseWhere(
    "changes of somebody else's that wait",
    ({ simulator }) => void simulator.state.dirty.add('filter'),
    ({ simulator }) => simulator.state.dirty.clear(),
    { says: /Somebody's changes wait to be applied/ },
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
