/**
 * A process inside one namespace that does what the test asks: a socket belongs to the namespace it was opened in.
 * Requests and results travel over Node's own channel between parent and child.
 */
import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { createServer } from 'node:https';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { decode, encode, type RecordType } from 'dns-packet';
import type { Zone } from '../../scripts/toy-internet/zone.ts';
import { start, type ToyInternet } from '../../scripts/toy-internet.ts';

export type Operations = typeof operations;
export type Reach = 'connected' | 'dropped';

const held = new Map<number, TLSSocket>();
let lastHeld = 0;
let toy: ToyInternet | undefined;

const operations = {
  /** An HTTPS request to an address; connected only when the server there says that it is that address. */
  async connect({ address, port, timeoutMs }: Destination): Promise<Reach> {
    const socket = await dial(address, port, timeoutMs);
    if (socket === undefined) return 'dropped';
    const said = await ask(socket, timeoutMs);
    socket.destroy();
    if (said !== address) throw new Error(`asked ${address}, and ${said ?? 'nobody'} answered`);
    return 'connected';
  },

  /** The same, kept open for later; its number, or dropped. */
  async hold({ address, port, timeoutMs }: Destination): Promise<number | 'dropped'> {
    const socket = await dial(address, port, timeoutMs);
    if (socket === undefined) return 'dropped';
    lastHeld += 1;
    held.set(lastHeld, socket);
    return lastHeld;
  },

  /** Sends a request over a held connection. */
  async use({ held: number, timeoutMs }: { held: number; timeoutMs: number }): Promise<string | undefined> {
    const socket = held.get(number);
    if (socket === undefined) throw new Error(`no connection ${number} is held`);
    return ask(socket, timeoutMs);
  },

  /** getaddrinfo of this namespace: its resolv.conf, glibc's order. */
  async lookup({ name }: { name: string }): Promise<readonly string[]> {
    return (await lookup(name, { all: true, order: 'verbatim' })).map((found) => found.address);
  },

  /** One question over UDP, with the time it took seen from here. */
  async question({ server, name, type, timeoutMs }: QuestionArgs): Promise<Told | 'silent'> {
    const socket = createSocket(server.includes(':') ? 'udp6' : 'udp4');
    try {
      const began = performance.now();
      socket.send(encode({ type: 'query', id: 1, flags: 1 << 8, questions: [{ name, type }] }), 53, server);
      const signal = AbortSignal.timeout(timeoutMs);
      const [reply] = (await once(socket, 'message', { signal })) as [Buffer];
      const tookMs = performance.now() - began;
      const { answers = [], flags = 0 } = decode(reply);
      const addresses = answers.flatMap((a) => (a.type === 'A' || a.type === 'AAAA' ? [a.data] : []));
      return { rcode: RCODES[flags & 0x0f] ?? String(flags & 0x0f), addresses, tookMs };
    } catch (error) {
      if ((error as Error).name === 'AbortError') return 'silent';
      throw error;
    } finally {
      socket.close();
    }
  },

  /** Plain HTTP, for the API. */
  async http({ method, url, headers, body }: HttpArgs): Promise<{ status: number; body: string }> {
    const sent = request(url, { method, headers, agent: false, timeout: 20_000 });
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
    toy = await start({ addresses, zone, port: 53 });
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
};

export interface Destination {
  readonly address: string;
  readonly port: number;
  /** Milliseconds after which an unanswered SYN counts as dropped. */
  readonly timeoutMs: number;
}

export interface Told {
  readonly rcode: string;
  readonly addresses: readonly string[];
  readonly tookMs: number;
}

interface QuestionArgs {
  readonly server: string;
  readonly name: string;
  readonly type: RecordType;
  readonly timeoutMs: number;
}

interface HttpArgs {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

const RCODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'];

function names(): ToyInternet {
  if (toy === undefined) throw new Error('this agent serves no names');
  return toy;
}

/** undefined when no SYN-ACK came in time. Anything but silence (a reset, no route) is not a drop, and throws. */
async function dial(address: string, port: number, timeoutMs: number): Promise<TLSSocket | undefined> {
  const tcp = connectTcp({ host: address, port });
  try {
    await once(tcp, 'connect', { signal: AbortSignal.timeout(timeoutMs) });
  } catch (error) {
    tcp.destroy();
    if ((error as Error).name === 'AbortError') return undefined;
    throw error;
  }
  // The certificate was made for this run; who answers is checked by what it says.
  const socket = connectTls({ socket: tcp as Socket, rejectUnauthorized: false });
  await once(socket, 'secureConnect', { signal: AbortSignal.timeout(10_000) });
  return socket;
}

/** What the server answers to one request; undefined when nothing comes back in time. */
async function ask(socket: TLSSocket, timeoutMs: number): Promise<string | undefined> {
  const signal = AbortSignal.timeout(timeoutMs);
  socket.write('GET / HTTP/1.1\r\nHost: toy\r\n\r\n');
  let text = '';
  try {
    for (;;) {
      const [chunk] = (await once(socket, 'data', { signal })) as [Buffer];
      text += chunk.toString('latin1');
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? Number.NaN);
      const body = text.split('\r\n\r\n')[1];
      if (body !== undefined && body.length >= length) return body;
    }
  } catch (error) {
    if ((error as Error).name === 'AbortError') return undefined;
    throw error;
  }
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
