/** How the catalog's files are written. catalog/schema.json is made of this, for editors and for whoever sends a preset. */
import { z } from 'zod';

const id = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'lower-case letters, digits and dashes');
const text = z.string().min(1);
/** Counts up whenever anything of the file changes: that is how a group learns of it. */
const version = z.string().regex(/^\d+\.\d+\.\d+$/, 'three numbers, as in 1.0.0');
const updated = z.string().regex(/^\d{4}-\d{2}$/, 'year and month, as in 2026-11');
const ports = z.array(z.string().regex(/^\d{1,5}(-\d{1,5})?\/(tcp|udp)$/, 'as in 443/tcp'));
/** Where it is known from: at least one place. */
const sources = z.array(text).min(1);
const confidence = z.enum(['high', 'medium', 'low']);

export const Hosting = z.enum([
  'none-known',
  'unknown',
  'akamai',
  'algolia',
  'amazon-cdn',
  'aws',
  'aws-cloudfront',
  'aws-elb',
  'bunnycdn',
  'cdn',
  'cloud-machines',
  'cloudflare-anycast',
  'cloudflare-spectrum',
  'fastly',
  'github',
  'internet-archive',
  'linode',
  'volunteer-pool',
  'wordpress-cdn',
]);
export type Hosting = z.infer<typeof Hosting>;

const Entry = z.strictObject({
  /** name | *.name | .name; or with a * inside the first label, which no rule can say and which is told. */
  pattern: text,
  types: z.array(z.enum(['A', 'AAAA', 'HTTPS', 'SRV', 'TXT'])).min(1),
  function: text,
  need: z.enum(['required', 'recommended', 'optional']),
  why: text,
  /** What a person sees when it is refused. */
  breaks: text,
  shared_hosting: Hosting,
  /** False: whose addresses they are was inferred, not looked up. */
  hosting_verified: z.boolean().default(true),
  /** never: answered or refused, but no address of it is opened. own-only: private addresses of one's own. */
  alias: z.enum(['push', 'own-only', 'never']),
  ports,
  confidence,
  note: text.optional(),
  sources,
});

/** What the software reaches without a name that DNS could tell. */
const Unnamed = z.strictObject({
  id,
  what: text,
  how: text,
  need: z.enum(['required', 'recommended', 'optional', 'none']),
  breaks: text,
  /**
   * list: its addresses can be listed and opened. none: it cannot be contained by name, and nobody can list it beforehand.
   * lan, inbound: it does not pass the gate. block: a way around, to be closed on the firewall. nothing: no rule is needed.
   */
  containment: z.enum(['list', 'none', 'lan', 'inbound', 'block', 'nothing']),
  remedy: text,
  /** As known; never opened by themselves. */
  addresses: z.array(z.union([z.ipv4(), z.ipv6()])).default([]),
  ports,
  confidence,
  sources,
});

export const PresetFile = z.strictObject({
  $schema: z.literal('./schema.json'),
  id,
  title: text,
  description: text,
  version,
  updated,
  default_enabled: z.boolean(),
  entries: z.array(Entry).min(1),
  unnamed: z.array(Unnamed).default([]),
  notes: z.array(text).default([]),
});

const Symptom = z.strictObject({
  id,
  /** What a person sees. */
  title: text,
  /** What people search for: words, and lines of logs. */
  words: z.array(text),
  /** Names to look at, the likeliest first. */
  names: z.array(text),
  /** What is reached without a name, as preset/id. */
  unnamed: z.array(z.string().regex(/^[a-z0-9-]+\/[a-z0-9-]+$/, 'preset/id')).default([]),
  /** Settings of the group to look at. */
  settings: z.array(z.enum(['plex-direct', 'refuse'])).default([]),
  /** What else it may be, in whole sentences. */
  elsewhere: z.array(text),
  confidence,
  sources,
});

export const SymptomFile = z.strictObject({
  $schema: z.literal('./schema.json'),
  version,
  updated,
  symptoms: z.array(Symptom).min(1),
});

export type PresetEntry = z.output<typeof Entry>;
export type Unnamed = z.output<typeof Unnamed>;
export type Symptom = z.output<typeof Symptom>;

/** JSON Schema of every file of the catalog. */
export function catalogJsonSchema(): object {
  const written = { io: 'input', target: 'draft-2020-12' } as const;
  return {
    ...z.toJSONSchema(z.union([PresetFile, SymptomFile]), written),
    title: 'A file of the catalog of Sallyport: a preset, or the symptoms',
  };
}
