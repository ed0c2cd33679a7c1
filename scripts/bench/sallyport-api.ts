import type { Status } from '../../src/api/contract/status.ts';
import type { Room } from './room.ts';
import { API_TOKEN, type SallyportServer } from './servers.ts';

export async function readCounters(room: Room, server: SallyportServer): Promise<Status['counters']> {
  return (await get<Status>(room, server, '/api/v1/status')).counters;
}

/** Throws with the answer when its status is not 2xx. */
export function get<Body>(room: Room, server: SallyportServer, path: string): Promise<Body> {
  return call(room, server, 'GET', path);
}

export function post<Body>(room: Room, server: SallyportServer, path: string, body?: object): Promise<Body> {
  return call(room, server, 'POST', path, body === undefined ? '' : JSON.stringify(body));
}

async function call<Body>(
  room: Room,
  { web }: SallyportServer,
  method: 'GET' | 'POST',
  path: string,
  body = '',
): Promise<Body> {
  const url = `http://127.0.0.1:${web}${path}`;
  const text = room.isApart
    ? await room.run([
        process.execPath,
        '-e',
        `${fetchText}; fetchText('${method}', '${url}', '${API_TOKEN}', ${JSON.stringify(body)}).then((text) => process.stdout.write(text))`,
      ])
    : await fetchText(method, url, API_TOKEN, body);
  return JSON.parse(text) as Body;
}

/** Knows nothing of this file: it is run as it is written where only a process in the room's network can ask. */
async function fetchText(method: string, url: string, token: string, body: string) {
  const sent = body === '' ? {} : { body };
  const type = body === '' ? {} : { 'content-type': 'application/json' };
  const response = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${token}`, ...type },
    ...sent,
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${text}`);
  return text;
}
