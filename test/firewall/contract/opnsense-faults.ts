import {
  externalAlias,
  DEFAULT_USER as OPNSENSE_USER,
  type OpnsenseSwitches,
} from '../../../scripts/simulators/opnsense.ts';
import type { OpnsenseVersion } from '../../../scripts/simulators/opnsense-versions.ts';
import { type newCertificate, OPNSENSE_ALIAS, opnsenseBox } from './boxes.ts';
import { doing, type Fault, NOT_SHOWN, ofAnyServer, switching } from './fault.ts';

type Opnsense = Awaited<ReturnType<typeof opnsenseBox>>;

/** Each release that differs in what the driver reads; 26.1 differs from 25.7 in nothing of that. */
export const OPNSENSE_FAULTS: readonly Fault[] = (['25.1', '25.7', '26.7'] as const).flatMap(opnsenseFaults);

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
      'credentials that were withdrawn',
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
      'an alias of another type',
      ({ simulator }) =>
        void Object.assign(simulator.state.aliases.get(OPNSENSE_ALIAS) ?? {}, { type: 'host' }),
      ({ simulator }) =>
        void Object.assign(simulator.state.aliases.get(OPNSENSE_ALIAS) ?? {}, { type: 'external' }),
      { says: /every address would be a revision.*Nothing was written/ },
    ),
    opnsenseWhere(
      'a user who may not write',
      ({ simulator }) => void simulator.users.splice(0, 1, { ...OPNSENSE_USER, readonly: true }),
      ({ simulator }) => void simulator.users.splice(0, 1, OPNSENSE_USER),
      // Before 26.7 that binds the configuration alone, and tables are none of it.
      version === '26.7' ? { says: /remove it \(System > Access > Users\)/ } : {},
    ),
    opnsenseWhere(
      'a version below the floor',
      ({ simulator }) => simulator.install('22.7'),
      ({ simulator }) => simulator.install(version),
      { says: /OPNsense 25\.1 or newer is needed/ },
    ),
  ];
}
