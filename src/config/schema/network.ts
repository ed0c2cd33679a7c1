/** Where we listen, whom we ask, and what we answer ourselves. */
import { z } from 'zod';
import { formatDomainName } from '../../base/domain-name.ts';
import {
  LOCAL_RECORD_TYPES,
  makeRecord,
  namesBesideCname,
  namesInCnameLoop,
} from '../../dns/local-records.ts';
import { formatUpstream, parseUpstream } from '../../dns/upstream/address.ts';
import { domainName, endpoint, oneOf, parsed, pattern } from './values.ts';

const WANTED_UPSTREAM =
  'udp://, tcp://, tls:// or https:// and an address, as in udp://192.168.1.1, tls://9.9.9.9#dns.quad9.net or https://dns.quad9.net/dns-query';

const upstreamUrl = parsed((text) => formatUpstream(parseUpstream(text)), WANTED_UPSTREAM);

/** The text alone, or beside the authority that vouches for a server of the owner's own. */
const upstream = z
  .union([z.string(), z.strictObject({ url: z.string(), ca: z.string().exactOptional() })], {
    error: `write ${WANTED_UPSTREAM}, or { url: <that>, ca: <path of a PEM file> }`,
  })
  .transform((written, context) => {
    const isText = typeof written === 'string';
    const url = upstreamUrl.safeParse(isText ? written : written.url);
    for (const { message } of url.error?.issues ?? []) {
      context.addIssue({ code: 'custom', message, path: isText ? [] : ['url'] });
    }
    if (!url.success) return z.NEVER;
    return isText || written.ca === undefined ? url.data : { url: url.data, ca: written.ca };
  });

const bootstrapServer = parsed((text) => {
  if (text.includes('/')) throw new RangeError('not an address alone');
  return formatUpstream(parseUpstream(text));
}, 'the IP address of a plain resolver, as in 9.9.9.9 or [2620:fe::fe]:53');

/** Asked for the addresses of encrypted upstreams by name, and for nothing else. */
export const bootstrap = z.array(bootstrapServer).default([]);

export const upstreamStrategy = oneOf('ordered', 'race').default('ordered');

export const upstreams = z
  .array(upstream)
  .min(1, { error: 'name at least one, or leave `upstreams` out' })
  .optional();

export const forward = z
  .array(
    z.strictObject({
      domain: pattern,
      upstreams: z.array(upstream).min(1, { error: 'name at least one upstream' }),
    }),
  )
  .default([]);

export const dns = z
  .strictObject({
    listen: z.array(endpoint).min(1, { error: 'name at least one address' }).default(['127.0.0.1:1053']),
  })
  .prefault({});

const record = z
  .strictObject({
    name: domainName,
    type: oneOf(...LOCAL_RECORD_TYPES),
    data: z.string({ error: 'write text: an address, a name, or what the type wants' }),
  })
  .superRefine((written, context) => {
    try {
      makeRecord(written);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      context.addIssue({ code: 'custom', message: error.message, path: ['data'] });
    }
  });

export const records = z
  .array(record)
  .superRefine((written, context) => {
    for (const name of namesBesideCname(written))
      context.addIssue({
        code: 'custom',
        message: `${formatDomainName(name)} has a CNAME, and then nothing else; take one of its records out`,
      });
    for (const name of namesInCnameLoop(written))
      context.addIssue({
        code: 'custom',
        message: `the CNAME of ${formatDomainName(name)} leads back to it; name another target`,
      });
  })
  .default([]);
