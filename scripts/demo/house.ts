/**
 * Everything the demo stands on, on free loopback ports and in one temporary directory:
 *
 *   Plex 127.0.0.2, Seerr 127.0.0.3 ──▶ Sallyport ──▶ toy internet
 *                                           ├──▶ a simulated OPNsense   (group plex)
 *                                           └──▶ a simulated pfSense    (group seerr)
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_USER as OPNSENSE_USER, start as startOpnsense } from '../simulators/opnsense.ts';
import { DEFAULT_USER as PFSENSE_USER, start as startPfsense } from '../simulators/pfsense.ts';
import { freePort } from '../support/ports.ts';
import {
  isHealthy,
  launchSallyport,
  onLoopback,
  type SallyportProcess,
  untilUp,
} from '../support/sallyport-process.ts';
import { start as startToyInternet, type ToyInternet } from '../toy-internet.ts';

export const PLEX = '127.0.0.2';
export const SEERR = '127.0.0.3';
/** In no group: shows up as a new host. */
export const STRANGER = '127.0.0.4';

export interface DemoHouse {
  readonly sallyport: SallyportProcess;
  readonly toy: ToyInternet;
  readonly dnsPort: number;
  readonly webPort: number;
  readonly dataDirectory: string;
  readonly password: string;
  /** What each simulated firewall holds in its table now. */
  tables(): Readonly<Record<'OPNsense' | 'pfSense', readonly string[]>>;
  /** The OPNsense goes away, and comes back with an empty table, as after a reboot. */
  powerOff(): Promise<void>;
  powerOn(): Promise<void>;
  /** Somebody adds an entry on the OPNsense, past Sallyport. */
  addByHand(address: string): void;
  close(): Promise<void>;
}

export async function buildDemoHouse(): Promise<DemoHouse> {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-demo-'));
  const closers: (() => unknown)[] = [() => rm(directory, { recursive: true, force: true })];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const toy = await startToyInternet({ controlPort: 0 });
    closers.push(toy.close);
    const opnsenseOptions = { aliases: [ALIAS], switches: { latencyMs: 40 } };
    let opnsense = await startOpnsense(opnsenseOptions);
    closers.push(() => opnsense.close());
    const pfsense = await startPfsense({ aliases: [PFSENSE_ALIAS], switches: { reloadMs: 1_500 } });
    closers.push(pfsense.close);

    const secrets = await writeSecrets(directory);
    const config = join(directory, 'sallyport.yaml');
    await writeFile(config, configuration({ opnsense: opnsense.url, pfsense: pfsense.url, ...secrets }));
    const [dnsPort, webPort] = [await freePort(), await freePort()];
    const dataDirectory = join(directory, 'data');
    const password = randomBytes(9).toString('base64url');
    const sallyport = launchSallyport({
      env: {
        SALLYPORT_CONFIG: config,
        ...onLoopback({ dataDirectory, dnsPort, webPort, upstreamPort: toy.port }),
        SALLYPORT_ADMIN_PASSWORD: password,
      },
    });
    closers.push(() => sallyport.stop());
    await untilUp(sallyport, () => isHealthy(webPort));
    return {
      sallyport,
      toy,
      dnsPort,
      webPort,
      dataDirectory,
      password,
      powerOff: () => opnsense.close(),
      async powerOn() {
        opnsense = await startOpnsense({ ...opnsenseOptions, port: Number(new URL(opnsense.url).port) });
      },
      addByHand: (address) => void opnsense.state.tables.get(ALIAS)?.add(address),
      tables: () => ({ OPNsense: opnsense.table(ALIAS), pfSense: pfsense.table(ALIAS) ?? [] }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const ALIAS = 'plexfw_live';
const PFSENSE_ALIAS = { name: ALIAS, type: 'host', descr: '', address: [], detail: [] } as const;

interface SecretFiles {
  readonly opnsenseKey: string;
  readonly opnsenseSecret: string;
  readonly pfsenseKey: string;
}

async function writeSecrets(directory: string): Promise<SecretFiles> {
  const write = async (name: string, secret: string) => {
    const file = join(directory, name);
    await writeFile(file, secret, { mode: 0o600 });
    return file;
  };
  return {
    opnsenseKey: await write('opnsense-key', OPNSENSE_USER.key),
    opnsenseSecret: await write('opnsense-secret', OPNSENSE_USER.secret),
    pfsenseKey: await write('pfsense-key', PFSENSE_USER.key),
  };
}

function configuration(at: SecretFiles & { readonly opnsense: string; readonly pfsense: string }): string {
  return `
groups:
  - name: plex
    clients: [${PLEX}]
    mode: enforce
    presets: [plex-core, plex-updates]
    rules:
      - { allow: v4.plex.tv, note: the public address that is published }
      - { allow: image.tmdb.org, note: posters }
      - { deny: analytics.plex.tv, note: telemetry }
  - name: seerr
    clients: [${SEERR}]
    mode: enforce
    rules:
      - { allow: api.themoviedb.org, note: what films there are }
      - { allow: plex.tv, note: sign-in }
firewalls:
  - name: opnsense
    driver: opnsense
    url: ${at.opnsense}
    key: { file: ${at.opnsenseKey} }
    secret: { file: ${at.opnsenseSecret} }
    alias: ${ALIAS}
    groups: [plex]
  - name: pfsense
    driver: pfsense
    url: ${at.pfsense}
    key: { file: ${at.pfsenseKey} }
    alias: ${ALIAS}
    groups: [seerr]
`;
}
