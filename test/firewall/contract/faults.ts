/** The ways boxes go wrong, each with how it begins, how it ends, and what the state says meanwhile. */
import {
  DEFAULT_USER as MIKROTIK_USER,
  type MikrotikSwitches,
} from '../../../scripts/simulators/mikrotik.ts';
import { DEFAULT_SECRET, type WebhookSwitches } from '../../../scripts/simulators/webhook.ts';
import { mikrotikBox, webhookBox } from './boxes.ts';
import { doing, type Fault, NOT_SHOWN, ofAnyServer, switching } from './fault.ts';
import { LOCAL_FAULTS } from './local-faults.ts';
import { OPNSENSE_FAULTS } from './opnsense-faults.ts';
import { PFSENSE_FAULTS } from './pfsense-faults.ts';

type Mikrotik = Awaited<ReturnType<typeof mikrotikBox>>;
type Webhook = Awaited<ReturnType<typeof webhookBox>>;

const mikrotikWith = switching<Mikrotik, MikrotikSwitches>('mikrotik', () => mikrotikBox());
const mikrotikWhere = doing<Mikrotik>('mikrotik', () => mikrotikBox());
const webhookWith = switching<
  Webhook,
  { [Name in keyof WebhookSwitches]: WebhookSwitches[Name] | undefined }
>('webhook', () => webhookBox());
const webhookWhere = doing<Webhook>('webhook', () => webhookBox());

const MIKROTIK: readonly Fault[] = [
  ...ofAnyServer('mikrotik', mikrotikBox),
  mikrotikWith(
    'done without effect',
    { writesDoNothing: true },
    { writesDoNothing: false },
    { says: NOT_SHOWN },
  ),
  mikrotikWith('an id that shifts', { shiftIdsBeforeNextWrite: true }, {}),
  mikrotikWith(
    'a version below the floor',
    { version: '6.49.18' },
    { version: '7.20.4' },
    { says: /needs RouterOS 7\.1 or newer/ },
  ),
  mikrotikWhere(
    'credentials that were withdrawn',
    ({ simulator }) => void simulator.users.pop(),
    ({ simulator }) => void simulator.users.push(MIKROTIK_USER),
    { says: /refused user and password.*not tried again for/, noticedInMin: 6 },
  ),
  mikrotikWhere(
    'a user who may not write',
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
    'credentials that were withdrawn',
    ({ simulator }) => simulator.useSecret('changed'),
    ({ simulator }) => simulator.useSecret(DEFAULT_SECRET),
    { says: /refused the secret.*not tried again for/, noticedInMin: 6 },
  ),
];

export const FAULTS: readonly Fault[] = [
  ...OPNSENSE_FAULTS,
  ...PFSENSE_FAULTS,
  ...MIKROTIK,
  ...WEBHOOK,
  ...LOCAL_FAULTS,
];
