import { z } from 'zod';
import { IdCursor, Limit, Time } from './common.ts';

export const Plan = z.object({
  add: z.array(z.string()),
  renew: z.array(z.string()),
  remove: z.array(z.string()),
});

/** One run of the sync. drift: something desired was not seen in the table after it was applied. */
export const Run = z.object({
  trigger: z.enum(['start', 'schedule', 'nudge', 'lease-end', 'person']),
  startedAt: Time,
  finishedAt: Time,
  outcome: z.enum(['unchanged', 'applied', 'held', 'drift', 'failed']),
  detail: z.string(),
  desired: z.int(),
  current: z.int(),
  changes: z.array(
    z.object({
      address: z.string(),
      change: z.enum(['add', 'renew', 'remove']),
      cause: z.string(),
      confirmed: z.boolean(),
    }),
  ),
});

export type Run = z.infer<typeof Run>;

/** A run of the past that changed, held or failed something; `changes` are the first fifty of it. */
export const PastRun = Run.extend({
  id: z.int(),
  firewall: z.string(),
  added: z.int(),
  renewed: z.int(),
  removed: z.int(),
});
export type PastRun = z.infer<typeof PastRun>;

export const RunPage = z.object({ items: z.array(PastRun), nextCursor: z.string().optional() });
export const RunFilter = z.object({
  firewall: z.string().min(1).max(100).optional(),
  cursor: IdCursor.optional(),
  limit: Limit,
});

/** Where what a firewall was last read to hold differs from what it should hold. */
export const FirewallDrift = z.object({
  /** Wanted, and not seen in its table: the first thousand, with the names they are for. */
  missing: z.array(z.object({ address: z.string(), names: z.array(z.string()) })),
  /** Seen there, and explained by nothing here: the first thousand, of the first hundred what is known. */
  extra: z.array(
    z.object({
      address: z.string(),
      known: z.string().optional(),
      /** Somebody else keeps putting it back, and it is left alone. */
      otherWriter: z.boolean(),
    }),
  ),
});
export type FirewallDrift = z.infer<typeof FirewallDrift>;

export const Finding = z.object({
  check: z.string(),
  result: z.enum(['ok', 'failed', 'unknown']),
  detail: z.string(),
  remedy: z.string().optional(),
});

export const Firewall = z.object({
  name: z.string(),
  driver: z.string(),
  alias: z.string(),
  groups: z.array(z.string()),
  state: z.enum(['starting', 'up', 'behind', 'down']),
  /** The same in words, with what a person may expect of it. */
  sentence: z.string(),
  since: Time,
  connected: z.boolean(),
  enforces: z.boolean(),
  ruleUse: z.enum(['used', 'unused', 'unknown']),
  lastSuccessAt: Time.optional(),
  lastError: z.string().optional(),
  retryAt: Time.optional(),
  /** How many addresses it ought to hold, and how many it was last read to hold. */
  desired: z.int(),
  entries: z.int(),
  /** How many of these nothing here explains; `/drift` names them. */
  unexplained: z.int(),
  writesToday: z.int(),
  typicalLatencyMs: z.number(),
  /** Who fetched its list last, where it fetches one. */
  fetch: z.object({ at: Time, source: z.string(), agent: z.string() }).optional(),
  /** A large removal that needs a person's OK. */
  held: z
    .object({
      at: Time,
      why: z.string(),
      removals: z.array(z.string()),
      /** What the ledger knows of them, the first hundred. */
      addresses: z.array(z.object({ address: z.string(), known: z.string() })),
    })
    .optional(),
  lastRun: Run.omit({ changes: true }).optional(),
  /** Of the last examination. */
  findings: z.array(Finding),
  /** When that was; absent before the first. */
  examinedAt: Time.optional(),
});
export type Firewall = z.infer<typeof Firewall>;

/** Where a firewall fetches its list: the path holds its secret. */
export const ListPath = z.object({ path: z.string() });

export const FirewallList = z.object({ items: z.array(Firewall) });
export const FirewallPlan = z.object({ firewall: Firewall, plan: Plan });
export const FirewallRun = z.object({ firewall: Firewall, run: Run });
export const FirewallOnly = z.object({ firewall: Firewall });

/** What a firewall shows of itself before it is given a key; verified by nobody but its reader. */
export const FirewallCertificate = z.object({
  name: z.string(),
  url: z.string(),
  /** 'sha256/' and the SHA-256 of its public key: what `tls.pin` wants. */
  pin: z.string(),
  subject: z.string(),
  issuer: z.string(),
  validFrom: Time,
  validTo: Time,
  /** What is pinned now. */
  configuredPin: z.string().optional(),
  /** True when Sallyport speaks to it as it is configured; if not, why. */
  trusted: z.boolean(),
  refusal: z.string().optional(),
});
export type FirewallCertificate = z.infer<typeof FirewallCertificate>;

/** The pin a person has compared with what the firewall says of itself. */
export const TrustFirewall = z.strictObject({
  pin: z.string().regex(/^sha256\/[A-Za-z0-9+/]{43}=$/, { error: 'write sha256/ and 44 base64 characters' }),
});

/** What to set where firewalls are configured; it is in force after a restart. */
export const FirewallTrust = z.object({
  name: z.string(),
  pin: z.string(),
  /** True when it is set already: there is nothing to do. */
  pinned: z.boolean(),
  /** The line below the firewall in the configuration file. */
  file: z.string(),
  /** The same for the one firewall of the environment. */
  environment: z.string(),
});
