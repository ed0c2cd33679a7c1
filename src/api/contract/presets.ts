import { z } from 'zod';
import { DurationText, Effect, Entry, GroupName, Time } from './common.ts';
import { AddressSharing } from './explain.ts';

const PresetRule = z.object({
  action: z.enum(['allow', 'deny']),
  pattern: z.string(),
  types: z.array(z.string()),
  note: z.string(),
});

/** What the catalog has by now that the group has not taken. */
export const PresetUpdate = z.object({
  /** Empty: taken before presets had versions. */
  from: z.string(),
  to: z.string(),
  added: z.array(PresetRule),
  removed: z.array(PresetRule),
  changed: z.array(z.object({ before: PresetRule, after: PresetRule })),
});
export type PresetUpdate = z.infer<typeof PresetUpdate>;

/** How one group stands to the preset it has taken. */
export const GroupPreset = z.object({
  group: z.string(),
  preset: z.string(),
  version: z.string(),
  takenAt: Time,
  takenBy: z.string(),
  update: PresetUpdate.optional(),
  /** What somebody did to its rules: an update leaves that alone. */
  yours: z.array(
    z.object({ pattern: z.string(), what: z.enum(['ended', 'changed']), until: Time.optional() }),
  ),
  /** The catalog has it no more; its rules stay until it is left. */
  withdrawn: z.boolean(),
});
export type GroupPreset = z.infer<typeof GroupPreset>;

const Preset = z.object({
  id: z.string(),
  title: z.string(),
  description: z.string(),
  version: z.string(),
  updated: z.string(),
  /** For whoever protects a Plex server and asks for nothing else. */
  default: z.boolean(),
  /** How many names it has, and how many of them it refuses on purpose. */
  names: z.int(),
  refuses: z.int(),
  groups: z.array(GroupPreset),
});

export const PresetList = z.object({
  items: z.array(Preset),
  /** What groups have that the catalog has no more. */
  withdrawn: z.array(GroupPreset),
});

export const PresetDetail = Preset.extend({
  entries: z.array(
    z.object({
      pattern: z.string(),
      types: z.array(z.string()),
      /** What taking the preset makes of it; none: no rule, and `noRule` says why. */
      action: z.enum(['allow', 'deny', 'none']),
      noRule: z.string().optional(),
      function: z.string(),
      need: z.enum(['required', 'recommended', 'optional']),
      why: z.string(),
      breaks: z.string(),
      addresses: AddressSharing,
      ports: z.array(z.string()),
      confidence: z.enum(['high', 'medium', 'low']),
      note: z.string().optional(),
      sources: z.array(z.string()),
    }),
  ),
  /** What it reaches without a name. */
  unnamed: z.array(
    z.object({
      id: z.string(),
      what: z.string(),
      how: z.string(),
      need: z.enum(['required', 'recommended', 'optional', 'none']),
      breaks: z.string(),
      /**
       * list: its addresses can be listed and opened. none: it cannot be contained by name. lan, inbound: it does not pass the gate.
       * block: a way around, to be closed on the firewall. nothing: no rule is needed.
       */
      containment: z.enum(['list', 'none', 'lan', 'inbound', 'block', 'nothing']),
      remedy: z.string(),
      addresses: z.array(z.string()),
      ports: z.array(z.string()),
      confidence: z.enum(['high', 'medium', 'low']),
      sources: z.array(z.string()),
    }),
  ),
  notes: z.array(z.string()),
});

export const PresetId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'lower-case letters, digits and dashes');
export const OnePreset = z.object({ id: PresetId });
export const PresetOfGroup = z.object({ name: GroupName, id: PresetId });

/** `preset` is absent when the group has left it. */
export const PresetEffect = z.object({
  preset: GroupPreset.optional(),
  effect: Effect,
  /** Absent: nothing had to be changed. */
  entry: Entry.optional(),
});

export const OneGroup = z.object({ name: GroupName });
/** How far back. */
export const NeighbourFilter = z.object({ since: DurationText.default('7d') });

/** What else runs on the hosts of a group: presets it has not taken, those with the best evidence first. */
export const NeighbourList = z.object({
  group: z.string(),
  since: Time,
  items: z.array(
    z.object({
      preset: z.string(),
      title: z.string(),
      /** Half of what it needs was asked, and a name that no other preset has. */
      recognised: z.boolean(),
      required: z.int(),
      requiredSeen: z.int(),
      /** Names that were asked and that no other preset has. */
      onlyHere: z.array(z.string()),
      seen: z.array(
        z.object({
          name: z.string(),
          pattern: z.string(),
          need: z.enum(['required', 'recommended', 'optional']),
          count: z.int(),
          refused: z.int(),
          lastAt: Time,
        }),
      ),
      sentence: z.string(),
    }),
  ),
});
export type NeighbourList = z.infer<typeof NeighbourList>;
