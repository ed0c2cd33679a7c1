/** Every key of sallyport.yaml, in the order the documentation has them. */
import { z } from 'zod';
import { isCronExpression } from '../../sync/schedule.ts';
import { feeds } from './feeds.ts';
import { firewalls, secret } from './firewalls.ts';
import { groups } from './groups.ts';
import { limits } from './limits.ts';
import { bootstrap, dns, forward, records, upstreamStrategy, upstreams } from './network.ts';
import { oneOf, prefix } from './values.ts';
import { oidc, web } from './web.ts';

export const SECTIONS = {
  dataDir: z.string().min(1).default('./data'),
  logLevel: oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent').default('info'),
  dns,
  web,
  oidc: oidc.optional(),
  upstreams,
  upstreamStrategy,
  bootstrap,
  forward,
  groups,
  firewalls,
  feeds,
  sync: z
    .strictObject({
      schedule: z
        .string()
        .refine(isCronExpression, { error: 'write five cron fields (six with seconds), as in * * * * *' })
        .default('* * * * *'),
    })
    .prefault({}),
  limits,
  file: oneOf('off', 'seed', 'managed').default('managed'),
  neverList: z.array(prefix).default([]),
  records,
  adminPassword: secret.optional(),
  apiToken: secret.optional(),
} as const;

export type SectionName = keyof typeof SECTIONS;

/** What the rest of the house is given: checked, parsed, secrets wrapped. */
export type Config = { readonly [Name in SectionName]: z.output<(typeof SECTIONS)[Name]> };

/** Keys as people may write them, for suggestions and for the documentation. */
export function writtenSchema(): JsonSchema {
  return z.toJSONSchema(z.strictObject(SECTIONS), { io: 'input', unrepresentable: 'any' }) as JsonSchema;
}

export interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}
