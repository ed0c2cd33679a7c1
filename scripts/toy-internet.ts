/**
 * A small internet's name service: answers for every name in its zone over UDP and TCP, and counts who was asked for.
 *
 *   node scripts/run.mjs scripts/toy-internet.ts --listen 127.0.0.1 --port 5300 --control 5380 [--zone zone.json]
 *   curl localhost:5380/counts · curl -d '{"on":true}' localhost:5380/silence · curl -d '{"a.example.net":{"a":["192.0.2.1"]}}' localhost:5380/zone
 */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { askedToEnd, isProgram } from './support/program.ts';
import { type Control, startControl } from './toy-internet/control.ts';
import { type Listener, listen } from './toy-internet/listener.ts';
import { createNameServer } from './toy-internet/name-server.ts';
import { PLEX_WORLD } from './toy-internet/plex-world.ts';
import { type Zone, zoneSchema } from './toy-internet/zone.ts';

export interface ToyInternetOptions {
  /** Each gets a UDP and a TCP listener on the same port; 127.0.0.1 unless told. */
  readonly addresses?: readonly string[];
  /** 0, the default: any that is free. */
  readonly port?: number;
  readonly zone?: Zone;
  /** Port of the control HTTP server on the first address; none unless told. */
  readonly controlPort?: number;
}

export interface ToyInternet {
  readonly port: number;
  readonly controlUrl: string | undefined;
  /** Packets by lower-case name since the start, silent times included; '' counts what could not be read. */
  counts(): Readonly<Record<string, number>>;
  /** While on, every packet is counted and none is answered. */
  silence(on: boolean): void;
  /** Adds or replaces names. */
  patchZone(entries: Zone): void;
  close(): Promise<void>;
}

export async function start(options: ToyInternetOptions = {}): Promise<ToyInternet> {
  const addresses = options.addresses ?? ['127.0.0.1'];
  const server = createNameServer(options.zone ?? PLEX_WORLD);
  const listeners: Listener[] = [];
  let port = options.port ?? 0;
  let control: Control | undefined;
  const close = async () => {
    await Promise.all(listeners.map((listener) => listener.close()));
    await control?.close();
  };

  try {
    for (const address of addresses) {
      const listener = await listen(address, port, server);
      listeners.push(listener);
      port = listener.port;
    }
    if (options.controlPort !== undefined) {
      control = await startControl(addresses[0] ?? '127.0.0.1', options.controlPort, server);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    port,
    controlUrl: control?.url,
    counts: server.counts,
    silence: server.silence,
    patchZone: server.patchZone,
    close,
  };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      listen: { type: 'string', multiple: true, default: ['127.0.0.1'] },
      port: { type: 'string', default: '0' },
      control: { type: 'string', default: '0' },
      zone: { type: 'string' },
    },
  });
  const zone =
    values.zone === undefined
      ? PLEX_WORLD
      : zoneSchema.parse(JSON.parse(await readFile(values.zone, 'utf8')));
  const toy = await start({
    addresses: values.listen,
    port: Number(values.port),
    zone,
    controlPort: Number(values.control),
  });
  console.log(
    `toy internet: names on ${values.listen.join(', ')} port ${toy.port}, control ${toy.controlUrl}`,
  );
  await askedToEnd();
  await toy.close();
}

if (isProgram(import.meta.url)) await main();
