/** Many look-ups, each followed at once by a connection to what was told: what a client makes of a resolver and its gate. */
import { setTimeout as sleep } from 'node:timers/promises';
import { askName, connectTo, type Reach } from './sockets.ts';

export interface LookUpPlan {
  readonly server: string;
  /** Asked in turn. */
  readonly names: readonly { readonly name: string; readonly type: 'A' | 'AAAA' }[];
  readonly count: number;
  /** From the start of one to the start of the next; a slow one holds up nobody. */
  readonly everyMs: number;
  readonly port: number;
  /** Milliseconds after which an unanswered SYN counts as dropped. */
  readonly synMs: number;
  /** Milliseconds of patience for an answer. */
  readonly answerMs: number;
}

export interface LookUp {
  readonly name: string;
  /** When the answer was there; milliseconds since 1970. */
  readonly at: number;
  readonly outcome: string;
  readonly addresses: readonly string[];
  readonly ttlS: number;
  /** The address that was connected to, in turn among those told; undefined when none was told. */
  readonly to: string | undefined;
  readonly reach: Reach | undefined;
}

export async function lookUpAll(plan: LookUpPlan): Promise<readonly LookUp[]> {
  const began = performance.now();
  const under: Promise<LookUp>[] = [];
  for (let i = 0; i < plan.count; i++) {
    const early = began + i * plan.everyMs - performance.now();
    if (early > 0) await sleep(early);
    under.push(lookUp(plan, i));
  }
  return Promise.all(under);
}

async function lookUp(plan: LookUpPlan, i: number): Promise<LookUp> {
  const { server, names, port, synMs, answerMs } = plan;
  const asked = names[i % names.length];
  if (asked === undefined) throw new Error('there is no name to look up');
  const told = await askName({ server, ...asked, timeoutMs: answerMs });
  const at = Date.now();
  const nothing = { name: asked.name, at, addresses: [], ttlS: 0, to: undefined, reach: undefined };
  if (told === 'silent') return { ...nothing, outcome: 'silent' };
  const { rcode: outcome, addresses, ttlS } = told;
  const turn = Math.floor(i / names.length);
  const to = addresses[turn % Math.max(1, addresses.length)];
  if (to === undefined) return { ...nothing, outcome };
  const reach = await connectTo({ address: to, port, timeoutMs: synMs });
  return { name: asked.name, at, outcome, addresses, ttlS, to, reach };
}
