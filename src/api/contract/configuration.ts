import { z } from 'zod';
import { Effect, Time } from './common.ts';
import { GroupPreset } from './presets.ts';
import { Closing } from './previews.ts';

/** Characters; ten thousand rules with their notes. What is larger belongs into the server's own file. */
const MAX_YAML = 800_000;

const FileName = z
  .string()
  .regex(/^[\w.+@-]{1,100}$/, 'a file name without its folder')
  .default('sent.yaml');

/** A configuration that is only looked at. */
export const SentConfiguration = z.strictObject({ yaml: z.string().max(MAX_YAML), name: FileName });

/** Without `yaml`, the server's own file as it is now is meant. */
export const ConfigurationRequest = z.strictObject({
  yaml: z.string().max(MAX_YAML).optional(),
  /** What messages and places call it. */
  name: FileName,
});

export const ConfigurationDrift = z.object({
  kind: z.enum(['rule', 'address', 'pause']),
  group: z.string(),
  /** 'allow image.tmdb.org', an address, or empty for a pause. */
  what: z.string(),
  by: z.string(),
  until: Time.optional(),
  /** What would make it a part of the file. */
  yaml: z.string(),
});
export type ConfigurationDrift = z.infer<typeof ConfigurationDrift>;

export const ConfigurationPlan = z.object({
  /** The name of the file. */
  source: z.string(),
  file: z.enum(['off', 'seed', 'managed']),
  changes: z.array(
    z.object({
      kind: z.enum(['group', 'mode', 'preset', 'rule', 'address']),
      op: z.enum(['add', 'change', 'remove']),
      group: z.string(),
      /** 'allow .plex.tv', an address, the name of a preset, or empty for the group itself. */
      what: z.string(),
      /** As they are written in the file; null where there was, or will be, nothing. */
      fields: z.array(z.object({ field: z.string(), before: z.json(), after: z.json() })),
      /** Where it is written, or was: sallyport.yaml:12. */
      place: z.string().optional(),
    }),
  ),
  /** Things that say the same on another line. */
  moved: z.int(),
  /** Addresses that nothing would have open any more. */
  closes: z.array(Closing),
  /** Differs from what runs, and counts after the next start. */
  atNextStart: z.array(z.object({ key: z.string(), place: z.string().optional() })),
  drift: z.array(ConfigurationDrift),
  /** Presets of its groups that the catalog has newer by now; applying leaves them as they are. */
  presetUpdates: z.array(GroupPreset),
  notes: z.array(z.string()),
});
export type ConfigurationPlan = z.infer<typeof ConfigurationPlan>;

/** `effect` is absent when there was nothing to change. */
export const ConfigurationApplied = z.object({ plan: ConfigurationPlan, effect: Effect.optional() });

export const ConfigurationState = z.object({
  /** The file that is followed, or was sent; absent: none. */
  source: z.string().optional(),
  managed: z.boolean(),
  appliedAt: Time.optional(),
  /** Why the file as it is now is not in force. */
  problem: z.object({ at: Time, message: z.string() }).optional(),
  drift: z.array(ConfigurationDrift),
});
export type ConfigurationState = z.infer<typeof ConfigurationState>;

export const ConfigurationExport = z.object({ yaml: z.string(), state: ConfigurationState });
