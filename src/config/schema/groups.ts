/** `groups`: who is protected, and how. What a group does not say stays as it is in the database, or at its default. */
import { z } from 'zod';
import { address, duration, flag, moment, name, note, oneOf, pattern, prefix } from './values.ts';

const TYPE_NAMES = [
  'A',
  'AAAA',
  'CNAME',
  'MX',
  'NS',
  'PTR',
  'SOA',
  'SRV',
  'TXT',
  'HTTPS',
  'SVCB',
  'CAA',
  'NAPTR',
  'ANY',
] as const;

const rule = z
  .strictObject({
    allow: pattern.optional(),
    deny: pattern.optional(),
    note: note.default(''),
    types: z
      .array(oneOf(...TYPE_NAMES))
      .min(1, { error: 'name at least one record type, or leave `types` out' })
      .optional(),
    until: moment.optional(),
    warm: z
      .union([z.literal('auto'), z.boolean()], { error: 'write auto, true or false' })
      .transform((warm) => (warm === 'auto' ? 'auto' : warm ? 'always' : 'never'))
      .default('auto'),
    private: flag.default(false),
  })
  .transform(({ allow, deny, ...rest }, context) => {
    const written = allow ?? deny;
    if (written === undefined || (allow !== undefined && deny !== undefined)) {
      context.addIssue({ code: 'custom', message: 'write either `allow: <pattern>` or `deny: <pattern>`' });
      return z.NEVER;
    }
    return {
      action: allow === undefined ? ('deny' as const) : ('allow' as const),
      pattern: written,
      ...rest,
    };
  });

const pin = z.strictObject({
  cidr: prefix,
  ports: z.array(z.int({ error: 'write a port from 1 to 65535' }).min(1).max(65_535)).default([]),
  note: note.default(''),
  until: moment.optional(),
});

const hash = z
  .string()
  .regex(/^s?[0-9a-f]{32}$/i, { error: 'write the 32 hex digits before .plex.direct' })
  .toLowerCase();

const plexDirect = z.strictObject({
  hashes: z.array(hash).default([]),
  ownAddresses: z.array(prefix).default([]),
  shared: z
    .array(
      z.strictObject({
        hash,
        addresses: z.array(address).min(1, { error: 'write at least one address of the server' }),
        note: note.default(''),
      }),
    )
    .default([]),
});

const group = z
  .strictObject({
    name,
    clients: z.array(prefix).default([]),
    mode: oneOf('learn', 'enforce').optional(),
    refuse: oneOf('nxdomain', 'nodata', 'refused', 'zero').optional(),
    ipv6: flag.optional(),
    gate: z
      .strictObject({
        // Milliseconds an answer may wait for the firewall. musl asks again after 5 s, so more gains nothing.
        holdLimit: duration({ least: '0ms', most: '5s' }).optional(),
        onHoldLimit: oneOf('answer', 'servfail').optional(),
      })
      .default({}),
    // How long an address outlives what the client was told: clients keep connections longer than that.
    grace: duration({ least: '0s', most: '24h' }).optional(),
    headroom: duration({ least: '0s', most: '24h' }).optional(),
    alias: oneOf('on', 'off').optional(),
    addresses: z.array(pin).default([]),
    plexDirect: plexDirect.optional(),
    presets: z.array(z.string()).optional(),
    rules: z.array(rule).default([]),
  })
  .transform((raw) => ({
    name: raw.name,
    clients: raw.clients,
    settings: given({
      mode: raw.mode,
      // Written by the owner's own hand, enforce is meant even where no firewall enforces addresses.
      enforceOverride: raw.mode === undefined ? undefined : raw.mode === 'enforce',
      refuse: raw.refuse,
      ipv6: raw.ipv6,
      holdLimitMs: raw.gate.holdLimit,
      onHoldLimit: raw.gate.onHoldLimit,
      graceMs: raw.grace,
      headroomMs: raw.headroom,
      learnAlias: raw.alias === undefined ? undefined : raw.alias === 'on',
      presets: raw.presets,
      plexDirect: raw.plexDirect,
    }),
    pins: raw.addresses.map(({ cidr, ...rest }) => ({ prefix: cidr, ...rest })),
    rules: raw.rules,
  }));

export const groups = z.array(group).optional();

export type GroupConfig = z.output<typeof group>;
export type RuleConfig = z.output<typeof rule>;

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Without the keys that were not written. */
function given<T extends object>(values: T): Given<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<T>;
}
