import { z } from 'zod';
import { Time } from './common.ts';
import { Check } from './doctor.ts';

/** Who has set it beforehand. */
const PresetBy = z.string();

export const SetupStep = z.object({
  step: z.enum(['admin', 'dns', 'firewall', 'host', 'learn', 'point', 'leaks']),
  /** yours: only the host itself can tell. */
  state: z.enum(['done', 'open', 'yours']),
  detail: z.string(),
  remedy: z.string().optional(),
  /** What has set it beforehand: SALLYPORT_FIREWALL_URL, or sallyport.yaml:12. */
  presetBy: PresetBy.optional(),
  /** What a protected host asked last. */
  heard: z.object({ client: z.string(), name: z.string(), at: Time }).optional(),
});
export type SetupStep = z.infer<typeof SetupStep>;

/** From what is there: nothing of the set-up itself is kept anywhere. */
export const SetupSteps = z.object({ items: z.array(SetupStep) });

export const SelfTest = z.object({
  listeners: z.array(
    z.object({
      protocol: z.enum(['udp', 'tcp']),
      address: z.string(),
      port: z.int(),
      answers: z.boolean(),
      detail: z.string(),
      remedy: z.string().optional(),
    }),
  ),
  /** Who asked lately, the last one first. */
  clients: z.array(
    z.object({ address: z.string(), name: z.string(), at: Time, group: z.string().optional() }),
  ),
  /** Present when all of them are the gateway of our own network: who really asks is hidden. */
  hidden: z.object({ gateway: z.string(), detail: z.string(), fixes: z.array(z.string()) }).optional(),
});
export type SelfTest = z.infer<typeof SelfTest>;

/** A firewall that is in no configuration yet; nothing of it is kept. */
export const TryFirewall = z.strictObject({
  driver: z.enum(['opnsense', 'pfsense', 'mikrotik', 'nftables']),
  url: z
    .url({ protocol: /^https?$/, error: 'write where it is reached, as in https://192.168.1.1' })
    .max(300)
    .optional(),
  key: z.string().max(1000).optional(),
  secret: z.string().max(1000).optional(),
  alias: z.string().min(1).max(100),
  /** The key of its certificate, once a person has compared it. */
  pin: z
    .string()
    .regex(/^sha256\/[A-Za-z0-9+/]{43}=$/, { error: 'write sha256/ and 44 base64 characters' })
    .optional(),
});

export const FirewallTried = z.object({
  /** True when nothing failed; what is unknown may still be wrong. */
  ok: z.boolean(),
  items: z.array(Check),
  /** What it shows of itself; verified by nobody but its reader. */
  certificate: z
    .object({
      pin: z.string(),
      subject: z.string(),
      issuer: z.string(),
      validFrom: Time,
      validTo: Time,
      trusted: z.boolean(),
    })
    .optional(),
});
export type FirewallTried = z.infer<typeof FirewallTried>;
