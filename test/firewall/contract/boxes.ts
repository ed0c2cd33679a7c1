/** Simulated boxes with a sync on each, and a watch over every change of the table behind it. */
import { onTestFinished } from 'vitest';
import * as mikrotik from '../../../scripts/simulators/mikrotik.ts';
import * as opnsense from '../../../scripts/simulators/opnsense.ts';
import type { PfTable } from '../../../scripts/simulators/opnsense-actions.ts';
import type { OpnsenseVersion } from '../../../scripts/simulators/opnsense-versions.ts';
import * as pfsense from '../../../scripts/simulators/pfsense.ts';
import { type Mischief, type SelfSigned, selfSigned } from '../../../scripts/simulators/server.ts';
import * as webhook from '../../../scripts/simulators/webhook.ts';
import { fetchPin } from '../../../src/base/certificate.ts';
import type { HttpTls } from '../../../src/base/http.ts';
import { Secret } from '../../../src/base/secret.ts';
import type { Driver } from '../../../src/firewall/driver.ts';
import { createMikrotikDriver } from '../../../src/firewall/mikrotik/driver.ts';
import { createOpnsenseDriver } from '../../../src/firewall/opnsense/driver.ts';
import { createPfsenseDriver } from '../../../src/firewall/pfsense/driver.ts';
import { createWebhookDriver } from '../../../src/firewall/webhook/driver.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';
import { START, stage } from '../../sync/stage.ts';

/** What all simulators can do, and the table behind them. */
export interface Simulator {
  readonly url: string;
  misbehave(mischief: Mischief): void;
  renewCertificate(tls: SelfSigned): void;
  reboot(): void;
  close(): Promise<void>;
}

/** A box as far as every kind is one; `url` where it shows a certificate. */
interface Subject {
  readonly url?: string;
  close(): Promise<void>;
}

interface Made<Sim extends Subject> {
  readonly simulator: Sim;
  readonly table: () => readonly string[];
  readonly driver: (tls: HttpTls) => Driver;
}

interface Hooks {
  readonly clock: ManualClock;
  readonly onChange: () => void;
  readonly tls: { readonly tls?: SelfSigned };
}

export async function box<Sim extends Subject>(
  certificate: SelfSigned | undefined,
  make: (hooks: Hooks) => Promise<Made<Sim>>,
) {
  const clock = manualClock(START);
  const watch = { look: () => {} };
  const tls = certificate === undefined ? {} : { tls: certificate };
  const { simulator, table, driver } = await make({ clock, onChange: () => watch.look(), tls });
  onTestFinished(() => simulator.close());
  const pin =
    certificate === undefined ? {} : { pin: await fetchPin(simulator.url ?? '', { timeoutMs: 5000 }) };
  const on = stage({}, { driver: driver(pin), clock });

  const lost: string[] = [];
  let before: ReadonlySet<string> = new Set();
  let isTheBoxes = false;
  watch.look = () => {
    const now = new Set(table());
    // A box that reboots has lost its table by itself; what we write must never be the reason.
    if (!isTheBoxes) lost.push(...on.desired().filter((address) => before.has(address) && !now.has(address)));
    before = now;
  };
  return {
    ...on,
    simulator,
    /** Sorted, as it is behind the box. */
    held: () => [...table()].sort(),
    /** What was desired and in the table, and then was not, without the box being the reason. */
    lost,
    /** The box does this to itself, or its owner to it. */
    byItself(work: () => void) {
      isTheBoxes = true;
      work();
      watch.look();
      isTheBoxes = false;
    },
  };
}

export type Box<Sim extends Subject = Subject> = Awaited<ReturnType<typeof box<Sim>>>;

export const opnsenseBox = (certificate?: SelfSigned, version: OpnsenseVersion = '26.7') =>
  box(certificate, async ({ clock, onChange, tls }) => {
    const users = [opnsense.DEFAULT_USER];
    const entries = new Set<string>();
    const told = (changed: unknown) => {
      onChange();
      return changed;
    };
    const pfTable: PfTable = {
      get size() {
        return entries.size;
      },
      keys: () => entries.keys(),
      has: (entry) => entries.has(entry),
      add: (entry) => told(entries.add(entry)),
      delete: (entry) => told(entries.delete(entry)),
      clear: () => void told(entries.clear()),
    };
    const simulator = await opnsense.start({
      ...tls,
      version,
      users,
      tables: { [OPNSENSE_ALIAS]: pfTable },
      switches: { loginDelayMs: 0, configdDelayMs: 0 },
    });
    return {
      simulator: { ...simulator, users, pfTable },
      table: () => [...entries],
      driver: (trust) =>
        createOpnsenseDriver({
          url: simulator.url,
          key: new Secret(opnsense.DEFAULT_USER.key),
          secret: new Secret(opnsense.DEFAULT_USER.secret),
          alias: OPNSENSE_ALIAS,
          tls: trust,
          clock,
        }),
    };
  });

export const pfsenseBox = (certificate?: SelfSigned) =>
  box(certificate, async ({ clock, onChange, tls }) => {
    const users = [pfsense.DEFAULT_USER];
    const simulator = await pfsense.start({
      ...tls,
      users,
      onTables: onChange,
      switches: { reloadMs: 1, writeLockWaitMs: 0 },
    });
    return {
      simulator: { ...simulator, users },
      table: () => simulator.table(PFSENSE_ALIAS) ?? [],
      driver: (trust) =>
        createPfsenseDriver({
          url: simulator.url,
          key: new Secret(pfsense.DEFAULT_USER.key),
          alias: PFSENSE_ALIAS,
          tls: trust,
          clock,
          reload: { pollMs: 2, limitMs: 100 },
        }),
    };
  });

export const mikrotikBox = (certificate?: SelfSigned) =>
  box(certificate, async ({ clock, onChange, tls }) => {
    const users = [mikrotik.DEFAULT_USER];
    const simulator = await mikrotik.start({ ...tls, users, now: clock.now, onChange });
    return {
      simulator: { ...simulator, users },
      table: () => simulator.table(mikrotik.DEFAULT_LIST),
      driver: (trust) =>
        createMikrotikDriver({
          url: simulator.url,
          user: new Secret(mikrotik.DEFAULT_USER.name),
          password: new Secret(mikrotik.DEFAULT_USER.password),
          alias: mikrotik.DEFAULT_LIST,
          tls: trust,
          clock,
        }),
    };
  });

export const webhookBox = (certificate?: SelfSigned) =>
  box(certificate, async ({ clock, onChange, tls }) => {
    const simulator = await webhook.start({ ...tls, onChange });
    return {
      simulator,
      table: simulator.table,
      driver: (trust) =>
        createWebhookDriver({
          url: simulator.url,
          secret: new Secret(webhook.DEFAULT_SECRET),
          alias: 'plex',
          tls: trust,
          clock,
        }),
    };
  });

export const CERTIFIED_NAME = 'firewall.home.arpa';
export const newCertificate = () => selfSigned(CERTIFIED_NAME);

export const OPNSENSE_ALIAS = 'plexfw_live';
export const PFSENSE_ALIAS = 'Plex_Allowed';
