/** The shapes every noun uses. The web UI takes its types from this folder and from nowhere else. */
import { z } from 'zod';

/** Moments travel as ISO 8601 in UTC; relative times are for whoever shows them. */
export const Time = z.iso.datetime();

export const GroupName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_.-]{0,62}$/, 'lower-case letters, digits, dots and dashes, at most 63');

export const Name = z.string().min(1).max(1100);
export const Address = z.string().min(2).max(45);
export const DurationText = z
  .string()
  .regex(/^\d{1,6}(s|m|h|d)$/, 'a number and s, m, h or d, for example 15m');
/** A moment or a day as people write them; what exactly, `parsePeriod` says. */
export const Moment = z.string().min(1).max(80);
export const Note = z.string().max(500);

export const Id = z.coerce.number().int().positive();
/** Opaque to the reader: what `nextCursor` of the page before said. */
export const Cursor = z.string().regex(/^\d{1,16}$/, 'what nextCursor of the page before said');
export const IdCursor = Cursor.transform(Number);
const PageLimit = z.coerce.number().int().min(1).max(500);
export const Limit = PageLimit.default(100);
/** Of a list that is whole unless a page of it is asked for. */
export const Paging = {
  cursor: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,4000}$/, 'what nextCursor of the page before said')
    .optional(),
  limit: PageLimit.optional(),
};
export const NextCursor = { nextCursor: z.string().optional() };

/** Why an address is open. */
export const OpenCause = z.enum([
  'answer',
  'learn',
  'pause',
  'pin',
  'feed',
  'outage',
  'restored',
  'adopted',
  'in-use',
]);

/**
 * unaffected: nothing to open or to close there so far. pending: yet to be read as it should be. confirmed: it was.
 * unenforced: it was, but it stops no packet, or no rule uses its alias. error: it does not answer.
 */
export const EffectState = z.enum(['unaffected', 'pending', 'confirmed', 'unenforced', 'error']);

/** The entry of the audit that was written: `POST /audit/ENTRY/revert` takes the change back, where something does. */
export const Entry = z.int();

/** What a change did to addresses and firewalls by the time the answer was sent; every data-plane worker knows it then. */
export const Effect = z.object({
  /** Events `rule.effect` of the same change carry it. */
  id: z.string(),
  epoch: z.int(),
  /** Open for the names concerned, or closed by the change. */
  addresses: z.array(z.string()),
  /** Of these, the ones that nothing has open any more: the next sync takes them away. */
  closed: z.array(z.string()),
  /** What the change would have closed, and what keeps it open. */
  staysOpen: z.array(
    z.object({ address: z.string(), group: z.string(), cause: OpenCause, name: z.string() }),
  ),
  firewalls: z.array(
    z.object({
      name: z.string(),
      state: EffectState,
      /** Milliseconds from the change until the firewall was read as it should be. */
      ms: z.int().optional(),
      /** Present for a slow firewall: how long a new address takes to open. */
      note: z.string().optional(),
      /** Why the firewall does not answer. */
      problem: z.string().optional(),
    }),
  ),
  /**
   * Names of other owners that lead to an address concerned. Known only from what is open: absent does not mean that the
   * address serves nobody else, because names that are not allowed are never resolved.
   */
  shared: z.array(z.object({ address: z.string(), names: z.array(z.string()) })).optional(),
});
export type Effect = z.infer<typeof Effect>;

export const Enforcement = z.object({
  state: z.enum(['enforced', 'names-only', 'learning', 'paused']),
  sentence: z.string(),
});

export const Rule = z.object({
  id: z.int(),
  action: z.enum(['allow', 'deny']),
  pattern: z.string(),
});

export const Empty = z.object({}).strict();

/** ISO text of a moment in milliseconds. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

/** When something shall end: a day runs to its end in UTC, as in the configuration. */
export const EndText = z.union([z.iso.datetime({ offset: true }), z.iso.date()], {
  error: 'write a day as in 2026-12-31 (until its end, UTC), or a moment as in 2026-12-31T18:00:00Z',
});

export function endOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const isDay = !text.includes('T');
  return Date.parse(text) + (isDay ? DAY_MS : 0);
}

const DAY_MS = 86_400_000;
