/**
 * A process inside one namespace that does what the test asks: a socket belongs to the namespace it was opened in.
 * Requests and results travel over Node's own channel between parent and child.
 */
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { createServer } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { createKernelTable } from '../simulators/kernel-table.ts';
import { type OpnsenseSwitches, start as startOpnsense } from '../simulators/opnsense.ts';
import type { Zone } from '../toy-internet/zone.ts';
import { start as startToyInternet, type ToyInternet } from '../toy-internet.ts';
import { type LookUp, type LookUpPlan, lookUpAll } from './look-ups.ts';
import { askName, connectTo, type Destination, dial, type Question, request, type Told } from './sockets.ts';

export type Operations = typeof operations;

const held = new Map<number, TLSSocket>();
let lastHeld = 0;
let toy: ToyInternet | undefined;
let opnsense: Awaited<ReturnType<typeof startOpnsense>> | undefined;

const operations = {
  connect: connectTo,

  /** The same, kept open for later; its number, or dropped. */
  async hold(destination: Destination): Promise<number | 'dropped'> {
    const socket = await dial(destination);
    if (socket === undefined) return 'dropped';
    lastHeld += 1;
    held.set(lastHeld, socket);
    return lastHeld;
  },

  /** Sends a request over a held connection. */
  async use({ held: number, timeoutMs }: { held: number; timeoutMs: number }): Promise<string | undefined> {
    const socket = held.get(number);
    if (socket === undefined) throw new Error(`no connection ${number} is held`);
    return request(socket, timeoutMs);
  },

  /** getaddrinfo of this namespace: its resolv.conf, glibc's order. */
  async lookup({ name }: { name: string }): Promise<readonly string[]> {
    return (await lookup(name, { all: true, order: 'verbatim' })).map((found) => found.address);
  },

  question: (question: Question): Promise<Told | 'silent'> => askName(question),
  lookUpAll: (plan: LookUpPlan): Promise<readonly LookUp[]> => lookUpAll(plan),

  /** Plain HTTP, for the API. */
  async http({ method, url, headers, body }: HttpArgs): Promise<{ status: number; body: string }> {
    const sent = requestHttp(url, { method, headers, agent: false, timeout: 20_000 });
    sent.on('timeout', () => sent.destroy(new Error(`${method} ${url}: no answer in 20 s`)));
    sent.end(body);
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    return { status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') };
  },

  /** One HTTPS server on every address of this host; each request is answered with the address it was sent to. */
  async serveHttps({ port, keyFile, certFile }: { port: number; keyFile: string; certFile: string }) {
    const tls = {
      key: readFileSync(keyFile),
      cert: readFileSync(certFile),
      keepAliveTimeout: 0,
      requestTimeout: 0,
      headersTimeout: 0,
    };
    const server = createServer(tls, (incoming, response) => {
      const address = incoming.socket.localAddress?.replace(/^::ffff:/, '') ?? '';
      response.writeHead(200, { 'content-length': address.length });
      response.end(address);
    });
    server.listen(port, '::');
    await once(server, 'listening');
  },

  async serveNames({ addresses, zone }: { addresses: readonly string[]; zone: Zone }): Promise<void> {
    toy = await startToyInternet({ addresses, zone, port: 53 });
  },
  async counts(): Promise<Readonly<Record<string, number>>> {
    return names().counts();
  },
  async silence({ on }: { on: boolean }): Promise<void> {
    names().silence(on);
  },
  async patchZone({ zone }: { zone: Zone }): Promise<void> {
    names().patchZone(zone);
  },

  /** A simulated OPNsense whose alias is the two sets of that name in this namespace. */
  async serveOpnsense({ port, alias, switches }: SimulatedOpnsense): Promise<void> {
    const tables = { [alias]: createKernelTable('inet sallyport', alias) };
    opnsense = await startOpnsense({ port, aliases: [alias], tables, switches });
  },
  async setOpnsense({ switches }: Pick<SimulatedOpnsense, 'switches'>): Promise<void> {
    if (opnsense === undefined) throw new Error('this agent simulates no OPNsense');
    opnsense.set(switches);
  },
};

interface SimulatedOpnsense {
  readonly port: number;
  readonly alias: string;
  readonly switches: Partial<OpnsenseSwitches>;
}

interface HttpArgs {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

function names(): ToyInternet {
  if (toy === undefined) throw new Error('this agent serves no names');
  return toy;
}

type Call = { readonly id: number; readonly operation: keyof Operations; readonly args: never };

process.on('message', async ({ id, operation, args }: Call) => {
  try {
    process.send?.({ id, result: await operations[operation](args) });
  } catch (error) {
    process.send?.({ id, error: error instanceof Error ? error.message : String(error) });
  }
});
process.on('disconnect', () => process.exit(0));
process.send?.({ id: 0 });
