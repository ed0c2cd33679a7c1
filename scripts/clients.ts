/**
 * What real resolvers make of our answers, and how long it takes them; writes docs/clients.md. Needs root: the
 * clients find the product in a resolv.conf of their own, in a network of their own.
 *
 *   npm run clients
 */
import { writeFile } from 'node:fs/promises';
import { cpus, release } from 'node:os';
import { AN_ALLOWED_NAME, CASES, CONFIG, ZONE } from './clients/cases.ts';
import { CLIENTS, type Client } from './clients/clients.ts';
import { canAsk, measure } from './clients/measure.ts';
import { type Cell, clientsPage } from './clients/page.ts';
import { openRoom, type Room } from './clients/room.ts';
import { isProgram } from './support/program.ts';

async function main(): Promise<void> {
  const room = await openRoom({ zone: ZONE, config: CONFIG, anAllowedName: AN_ALLOWED_NAME });
  try {
    const cells = await measureAll(room);
    const versions = new Map<string, string>();
    for (const client of CLIENTS) versions.set(client.name, await versionOf(room, client));
    const cores = cpus();
    const machine = `${cores.length} cores of ${cores[0]?.model.trim() ?? 'an unknown processor'}, Linux ${release()}`;
    const day = new Date().toISOString().slice(0, 10);
    await writeFile('docs/clients.md', clientsPage(cells, { day, machine, versions }));
    console.log('written to docs/clients.md');
  } finally {
    await room.close();
  }
}

/** One after the other, so that none slows another; only what waits for upstreams waits together. */
async function measureAll(room: Room): Promise<readonly Cell[]> {
  const cells: Cell[] = [];
  for (const asked of CASES) {
    const look = async (client: Client): Promise<Cell> => ({
      client,
      asked,
      measured: canAsk(client, asked) ? await measure(room, client, asked) : undefined,
    });
    if (asked.isSlow === true) cells.push(...(await Promise.all(CLIENTS.map(look))));
    else for (const client of CLIENTS) cells.push(await look(client));
    console.log(asked.title);
  }
  return cells;
}

/** The first number with a dot in what it prints. */
async function versionOf(room: Room, { version }: Client): Promise<string> {
  const { stdout, stderr } = await room.run('dual', version);
  return /\d+\.\d+(\.\d+)*/.exec(`${stdout}${stderr}`)?.[0] ?? 'unknown';
}

if (isProgram(import.meta.url)) await main();
