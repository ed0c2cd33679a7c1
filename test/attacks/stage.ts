/** A Sallyport whose log can be read: an attack has to be refused, and somebody has to be able to find out. */
import { pino } from 'pino';
import { afterEach, beforeEach, expect } from 'vitest';
import type { ApiDeps } from '../../src/api/server.ts';
import { listAudit } from '../../src/store/audit.ts';
import { createWorld, type World } from '../actions/world.ts';
import { bearer, createClient, PASSWORD } from '../api/stage.ts';

export interface Line {
  readonly msg: string;
  readonly code?: string;
  readonly from?: string;
}

export function readableLog() {
  const lines: Line[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => lines.push(JSON.parse(line) as Line) });
  return { log, lines };
}

/** A world for each test of a file. */
export function worlds(): { readonly world: World } {
  let world: World | undefined;
  beforeEach(() => {
    world = createWorld();
  });
  afterEach(() => world?.close());
  return {
    get world() {
      if (world === undefined) throw new Error('only inside a test');
      return world;
    },
  };
}

/** Set up, with an admin signed in; the log begins after that. */
export async function standing(world: World, change: Partial<ApiDeps> = {}) {
  const { log, lines } = readableLog();
  const client = createClient(world, 'web', { log, ...change });
  const { basePath = '' } = change;
  const { cookie } = await client.ask('POST', `${basePath}/api/v1/setup`, {
    body: { token: client.setupToken, password: PASSWORD },
  });
  lines.length = 0;
  const headers = { cookie: `sallyport_session=${cookie?.value}` };
  const audit = () => listAudit(world.db, { limit: 100 }).items;
  const expectLogged = (code: string) =>
    expect(lines).toContainEqual(expect.objectContaining({ msg: 'refused', code, from: '192.168.1.9' }));
  return { ...client, headers, bearer, lines, audit, expectLogged };
}
