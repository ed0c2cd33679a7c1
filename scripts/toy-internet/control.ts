import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import type { NameServer } from './name-server.ts';
import { zoneSchema } from './zone.ts';

export interface Control {
  readonly url: string;
  close(): Promise<void>;
}

/** GET /counts, POST /silence {"on": true}, POST /zone {name: entry}: how a test in another process holds the strings. */
export async function startControl(address: string, port: number, server: NameServer): Promise<Control> {
  const http = createServer(async (request, response) => {
    try {
      const result = await handle(request, server);
      response.writeHead(result === undefined ? 404 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(result ?? { detail: `nothing at ${request.method} ${request.url}` }));
    } catch (error) {
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ detail: error instanceof Error ? error.message : String(error) }));
    }
  });
  http.listen(port, address);
  await once(http, 'listening');
  const host = address.includes(':') ? `[${address}]` : address;
  return {
    url: `http://${host}:${(http.address() as AddressInfo).port}`,
    close: async () => {
      http.closeAllConnections();
      http.close();
      await once(http, 'close');
    },
  };
}

async function handle(request: IncomingMessage, server: NameServer): Promise<unknown> {
  switch (`${request.method} ${request.url}`) {
    case 'GET /counts':
      return server.counts();
    case 'POST /silence': {
      const { on } = z.strictObject({ on: z.boolean() }).parse(await body(request));
      server.silence(on);
      return { silent: on };
    }
    case 'POST /zone': {
      const entries = zoneSchema.parse(await body(request));
      server.patchZone(entries);
      return { names: Object.keys(entries) };
    }
    default:
      return undefined;
  }
}

async function body(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MAX_BODY_OCTETS) throw new RangeError(`a body is at most ${MAX_BODY_OCTETS} octets`);
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}

const MAX_BODY_OCTETS = 1_048_576;
