import { z } from 'zod';
import { TransientDriverError } from '../../base/errors.ts';
import type { OpnsenseClient } from './client.ts';

/** A row of alias_util/list; the counters are there where the alias has them switched on. */
export interface Row {
  readonly ip: string;
  readonly in_pass_p?: number;
  readonly out_pass_p?: number;
}

/** All rows of a pf table. Throws when they do not add up, or when they are none after a suspiciously long time. */
export async function readRows(
  client: OpnsenseClient,
  alias: string,
  signal: AbortSignal,
): Promise<readonly Row[]> {
  const all = await readPage(client, alias, { current: 1, rowCount: -1 }, signal);
  if (all.rows.length >= all.total) return all.rows;

  const rows: Row[] = [];
  for (let current = 1; rows.length < all.total; current++) {
    const page = await readPage(client, alias, { current, rowCount: PAGE_ROWS }, signal);
    if (page.rows.length === 0 || page.total !== all.total) {
      throw new TransientDriverError(`OPNsense changed ${alias} while it was being read page by page`);
    }
    rows.push(...page.rows);
  }
  return rows;
}

async function readPage(
  client: OpnsenseClient,
  alias: string,
  page: { readonly current: number; readonly rowCount: number },
  signal: AbortSignal,
): Promise<z.infer<typeof Page>> {
  const { json, tookMs } = await client.post(`firewall/alias_util/list/${alias}`, page, signal);
  const parsed = Page.safeParse(json);
  if (!parsed.success) {
    throw new TransientDriverError(`OPNsense listed ${alias} in a form we do not know`, {
      cause: parsed.error,
    });
  }
  if (parsed.data.rows.length === 0 && tookMs > TRUSTED_EMPTY_MS) {
    throw new TransientDriverError(
      `OPNsense says ${alias} is empty, but took ${Math.round(tookMs)} ms: its backend (configd) hangs`,
    );
  }
  return parsed.data;
}

const PAGE_ROWS = 1000;

/** A list takes 50 ms; with a dead backend the same "empty" comes after 10 s or more. */
const TRUSTED_EMPTY_MS = 5000;

/** As it came, and not a copy of what is used of it: there are thousands. */
function isRow(value: unknown): value is Row {
  if (typeof value !== 'object' || value === null || !('ip' in value)) return false;
  const { ip, in_pass_p, out_pass_p }: { ip: unknown; in_pass_p?: unknown; out_pass_p?: unknown } = value;
  return typeof ip === 'string' && isCount(in_pass_p) && isCount(out_pass_p);
}

function isCount(value: unknown): boolean {
  return value === undefined || Number.isFinite(value);
}

const Page = z.object({
  total: z.number(),
  rows: z.array(z.unknown()).refine((rows): rows is Row[] => rows.every(isRow)),
});
