/** `firewalls`: where addresses are opened. What a driver needs of it, the driver checks itself. */
import { z } from 'zod';
import { Secret } from '../../base/secret.ts';
import { FIREWALL_KINDS, type FirewallTls } from '../../firewall/config.ts';
import { duration, flag, name, oneOf, prefix } from './values.ts';

/** A secret as it may be written; load.ts has put its value in the place of {file} and {env} before this is read. */
export const secret = z
  .union([z.string().min(1), z.strictObject({ file: z.string() }), z.strictObject({ env: z.string() })], {
    error: 'write the value, { file: <path> } or { env: <NAME> }',
  })
  .transform((value) => new Secret(typeof value === 'string' ? value : ''));

const firewall = z
  .strictObject({
    name,
    driver: oneOf(...FIREWALL_KINDS),
    url: z
      .url({ protocol: /^https?$/, error: 'write where it is reached, as in https://192.168.1.1' })
      .exactOptional(),
    key: secret.exactOptional(),
    secret: secret.exactOptional(),
    tls: z
      .strictObject({
        ca: z.string().exactOptional(),
        pin: z
          .string()
          .regex(/^sha256\/[A-Za-z0-9+/]{43}=$/, { error: 'write sha256/ and 44 base64 characters' })
          .exactOptional(),
        serverName: z.string().exactOptional(),
      })
      .exactOptional(),
    alias: z.string({ error: 'write the name of its alias, as in plexfw_live' }).min(1),
    table: z.string().exactOptional(),
    adoptTable: flag.exactOptional(),
    sources: z.array(prefix).exactOptional(),
    groups: z.array(z.string()).exactOptional(),
    required: flag.default(true),
    mode: oneOf('write', 'verify').default('write'),
    sentinel: flag.default(false),
    killStates: flag.default(false),
    pending: oneOf('wait', 'apply').exactOptional(),
    linger: duration({ least: '0s', most: '72h' }).exactOptional(),
  })
  .transform(({ tls, ...rest }) => ({ ...rest, ...(tls === undefined ? {} : { tls: trust(tls) }) }));

export const firewalls = z.array(firewall).default([]);

export type FirewallConfig = z.output<typeof firewall>;

/** `ca` is a PEM text, or the path of one. */
function trust({ ca, pin, serverName }: FirewallTls): FirewallTls {
  const isText = ca?.trimStart().startsWith('-----BEGIN');
  return {
    ...(ca === undefined ? {} : isText ? { ca } : { caFile: ca }),
    ...(pin === undefined ? {} : { pin }),
    ...(serverName === undefined ? {} : { serverName }),
  };
}
