/**
 * The stream of `GET /events` (server-sent events). Each event has an id that only grows, a name and JSON:
 *
 *   topic   event            data
 *   query   query.batch      QueryBatch       at most four a second
 *   denied  denied.batch     DeniedBatch
 *   denied  reproduce.changed  ReproduceChanged
 *   rule    rule.changed     RulesChanged
 *   rule    rule.effect      RuleEffectNews   how far the firewalls have followed a change; `effect` is the `id` in its answer
 *   sync    sync.state       SyncStates
 *   leases  leases.changed   LeasesChanged
 *   mode    mode.changed     ModesChanged
 *   (any)   gap              Gap              ask the API again for everything of these topics
 *   (any)   heartbeat        Heartbeat        every ten seconds, without an id: who hears none for longer has lost the server
 */
import { z } from 'zod';
import { EffectState, Time } from './common.ts';
import { Denial } from './denials.ts';
import { Group } from './groups.ts';
import { Query } from './queries.ts';
import { RuleView } from './rules.ts';

export const TOPICS = ['query', 'denied', 'rule', 'sync', 'leases', 'mode'] as const;
export const Topic = z.enum(TOPICS);
export type Topic = z.infer<typeof Topic>;

export const EventsRequest = z.object({
  /** Separated by commas; absent: all of them. */
  topics: z
    .string()
    .max(200)
    .transform((text, context) => {
      const read = z.array(Topic).min(1).safeParse(text.split(','));
      if (read.success) return [...new Set(read.data)];
      context.addIssue({ code: 'custom', message: `topics are ${TOPICS.join(', ')}, separated by commas` });
      return z.NEVER;
    })
    .optional(),
  /** As the header Last-Event-ID, for a reader that cannot set it. */
  lastEventId: z
    .string()
    .regex(/^\d{1,16}$/, 'the id of an event')
    .optional(),
});

/** Events, one after the other; what is in each, `EVENTS` says. */
export const EventStream = z.string();

/** Newest last. Without an id a line could not be written down. */
export const QueryBatch = z.object({
  items: z.array(Query.partial({ id: true })).max(250),
  /** Lines that are in the query log and not here: nobody reads so fast. */
  dropped: z.int(),
});
export type QueryBatch = z.infer<typeof QueryBatch>;

/** Refused names as they are now: new ones, asked again, muted, decided. */
export const DeniedBatch = z.object({ items: z.array(Denial), dropped: z.int() });
export type DeniedBatch = z.infer<typeof DeniedBatch>;

/** Something began or ended to be reproduced, was marked anew, or allowed names. */
export const ReproduceChanged = z.object({
  items: z.array(
    z.object({
      group: z.string(),
      running: z.boolean(),
      startedAt: Time.optional(),
      startedBy: z.string().optional(),
      markAt: Time.optional(),
      /** How many temporary rules it made. */
      rules: z.int(),
    }),
  ),
});
export type ReproduceChanged = z.infer<typeof ReproduceChanged>;

export const RulesChanged = z.object({
  added: z.array(RuleView),
  changed: z.array(RuleView),
  ended: z.array(RuleView),
  dropped: z.int(),
});
export type RulesChanged = z.infer<typeof RulesChanged>;

export const RuleEffectNews = z.object({
  effect: z.string(),
  /** Absent: all groups, as after a file was applied. */
  group: z.string().optional(),
  /** Absent where the change was not about one rule. */
  rule: z.int().optional(),
  addresses: z.array(z.string()),
  firewalls: z.array(z.object({ name: z.string(), state: EffectState, ms: z.int().optional() })),
  /** True: nothing more will be told of this change. */
  done: z.boolean(),
});
export type RuleEffectNews = z.infer<typeof RuleEffectNews>;

/** Firewalls after a run of their sync. */
export const SyncStates = z.object({
  items: z.array(
    z.object({
      firewall: z.string(),
      state: z.enum(['starting', 'up', 'behind', 'down']),
      since: Time,
      connected: z.boolean(),
      entries: z.int(),
      lastSuccessAt: Time.optional(),
      lastError: z.string().optional(),
      /** Removals that wait for a person. */
      heldRemovals: z.int(),
      lastRun: z
        .object({
          outcome: z.enum(['unchanged', 'applied', 'held', 'drift', 'failed']),
          trigger: z.string(),
          finishedAt: Time,
          ms: z.int(),
          desired: z.int(),
          current: z.int(),
          added: z.int(),
          removed: z.int(),
        })
        .optional(),
    }),
  ),
});
export type SyncStates = z.infer<typeof SyncStates>;

/** Open addresses that are new, gone, renewed, or held by a firewall otherwise than before. */
export const LeasesChanged = z.object({
  addresses: z.array(z.string()),
  /** True: more has changed than is named here. */
  more: z.boolean(),
  /** How many addresses are open. */
  open: z.int(),
});
export type LeasesChanged = z.infer<typeof LeasesChanged>;

/** Groups whose mode, settings or enforcement are others than before. */
export const ModesChanged = z.object({ items: z.array(Group), removed: z.array(z.string()) });
export type ModesChanged = z.infer<typeof ModesChanged>;

export const Gap = z.object({
  topics: z.array(Topic),
  /** too-old: the events asked for are not kept any more. too-slow: they came faster than they were read. */
  reason: z.enum(['too-old', 'too-slow']),
});
export type Gap = z.infer<typeof Gap>;

/** Says only that the server is there: a connection to one that hangs looks like one on which nothing happens. */
export const Heartbeat = z.object({});
export type Heartbeat = z.infer<typeof Heartbeat>;

/** What each event carries. */
export const EVENTS = {
  'query.batch': QueryBatch,
  'denied.batch': DeniedBatch,
  'reproduce.changed': ReproduceChanged,
  'rule.changed': RulesChanged,
  'rule.effect': RuleEffectNews,
  'sync.state': SyncStates,
  'leases.changed': LeasesChanged,
  'mode.changed': ModesChanged,
  gap: Gap,
  heartbeat: Heartbeat,
} as const;
export type EventName = keyof typeof EVENTS;
export type EventData<Name extends EventName> = z.infer<(typeof EVENTS)[Name]>;
