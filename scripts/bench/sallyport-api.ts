import type { Status } from '../../src/api/contract/status.ts';
import type { Room } from './room.ts';
import { API_TOKEN, type SallyportServer } from './servers.ts';

export async function readCounters(room: Room, server: SallyportServer): Promise<Status['counters']> {
  return (await get<Status>(room, server, '/api/v1/status')).counters;
}

/** From inside the room's network, where this process is not. */
export async function get<Body>(room: Room, { web }: SallyportServer, path: string): Promise<Body> {
  const call = `fetch(process.argv[1], { headers: { authorization: 'Bearer ${API_TOKEN}' } }).then(async (r) => {
    if (!r.ok) throw new Error(r.status + ' ' + (await r.text()));
    process.stdout.write(await r.text());
  })`;
  const text = await room.run([process.execPath, '-e', call, `http://127.0.0.1:${web}${path}`]);
  return JSON.parse(text) as Body;
}
