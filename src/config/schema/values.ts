/** Kinds of value that several sections share, each with what would be right as its message. */
import { z } from 'zod';
import { parseDomainName } from '../../base/domain-name.ts';
import { parseIpAddress, parsePrefix } from '../../base/ip-address.ts';
import { parseEndpoint } from '../../dns/endpoint.ts';
import { parsePattern } from '../../policy/pattern.ts';

/** Text that `parse` understands; whatever it throws becomes the message. */
export function parsed<T>(parse: (text: string) => T, wanted: string) {
  return z.string({ error: `write ${wanted}` }).transform((text, context): T => {
    try {
      return parse(text);
    } catch (error) {
      const why = error instanceof RangeError ? reasonOf(error) : '';
      context.addIssue({ code: 'custom', message: `write ${wanted}${why}` });
      return z.NEVER;
    }
  });
}

export const prefix = parsed(parsePrefix, 'an address or a prefix, as in 192.168.20.5 or 2001:db8:20::/64');
export const endpoint = parsed((text) => {
  // Without a port, parseEndpoint means DNS's; a listener is to say what it takes.
  if (!/(^|[^:]*|\]):\d+$/.test(text)) throw new RangeError('no port');
  parseEndpoint(text);
  return text;
}, 'an address and a port, as in 192.168.1.20:53 or [2001:db8::1]:53');

export const address = parsed(parseIpAddress, 'an IP address');
export const domainName = parsed(parseDomainName, 'a domain name, as in plex.home.arpa');
export const pattern = parsed(
  parsePattern,
  'example.org (that name), *.example.org (everything below it) or .example.org (both)',
);

/** '10m', '2s', '500ms' become milliseconds; a bare number is refused, because nobody agrees on its unit. */
export function duration({ least, most }: { readonly least: string; readonly most: string }) {
  const wanted = `a number with its unit (ms, s, m, h, d) from ${least} to ${most}, as in 10m`;
  return parsed((text) => {
    const ms = parseDuration(text);
    if (ms < parseDuration(least) || ms > parseDuration(most)) throw new RangeError('out of range');
    return ms;
  }, wanted);
}

export function parseDuration(text: string): number {
  const match = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text);
  const unit = UNIT_MS[match?.[2] ?? ''];
  if (match === null || unit === undefined) throw new RangeError(`not a duration: ${JSON.stringify(text)}`);
  return Number(match[1]) * unit;
}

/** A day means until its end, in UTC; a moment needs its zone. Becomes milliseconds since 1970. */
export const moment = parsed((text) => {
  const day = /^\d{4}-\d\d-\d\d$/.test(text);
  if (!day && !/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)$/.test(text))
    throw new RangeError('not a day');
  const ms = Date.parse(text);
  // Date.parse takes 2026-02-31 for 3 March.
  if (Number.isNaN(ms) || (day && new Date(ms).toISOString().slice(0, 10) !== text))
    throw new RangeError('no such day');
  return day ? ms + DAY_MS : ms;
}, 'a day as in 2026-12-31 (until its end, UTC), or a moment as in 2026-12-31T18:00:00Z');

/** Of a group or a firewall; it stands in paths of the API and words of the command line. */
export const NAME = /^[a-z0-9][a-z0-9_.-]{0,62}$/;

export const name = parsed((text) => {
  if (!NAME.test(text)) throw new RangeError('not a name');
  return text;
}, '1 to 63 lower-case letters, digits, dots, dashes and underscores');

export const note = z.string({ error: 'write text' }).max(500, { error: 'write at most 500 characters' });

export function oneOf<const Values extends readonly [string, ...string[]]>(...values: Values) {
  return z.enum(values, { error: `write ${values.slice(0, -1).join(', ')} or ${values.at(-1)}` });
}

export const flag = z.boolean({ error: 'write true or false' });

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const DAY_MS = 86_400_000;

/** The part in brackets that parsers of ours put behind the quoted text. */
function reasonOf(error: RangeError): string {
  const reason = /\(([^()]+)\)$/.exec(error.message)?.[1];
  return reason === undefined ? '' : ` (${reason})`;
}
