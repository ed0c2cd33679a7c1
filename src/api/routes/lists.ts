import { z } from 'zod';
import { KnownError } from '../../base/errors.ts';
import { parseIpAddress } from '../../base/ip-address.ts';
import type { Log } from '../../base/log.ts';
import { listText } from '../../firewall/feed/list-text.ts';
import { clientAddress } from '../access/identity.ts';
import { sameText } from '../access/setup-token.ts';
import type { ListPort } from '../ports.ts';
import type { Api } from '../server.ts';

const OneList = z.object({ token: z.string().max(100), file: z.string().max(100) });
const Format = z.object({ format: z.enum(['plain', 'mikrotik', 'json']).default('plain') });

export interface ListRouteDeps {
  readonly lists: ListPort;
  readonly log: Log;
  readonly basePath: string;
}

/**
 * The lists that firewalls fetch. They sign in nowhere: the token in the path and the address they come from are their key.
 * Whole, or not at all: a firewall replaces what it has by what it gets.
 */
export function listRoutes(app: Api, { lists, log, basePath }: ListRouteDeps): void {
  app.get(
    `${basePath}/feed/:token/:file`,
    { schema: { params: OneList, querystring: Format }, config: { permission: 'open' } },
    (request, reply) => {
      const { token, file } = request.params;
      const list = lists
        .all()
        .find((one) => `${one.alias}.txt` === file && sameText(one.token.reveal(), token));
      if (list === undefined) throw notHere();
      const source = parseIpAddress(clientAddress(request));
      if (!list.isExpected(source)) {
        log.warn(
          { firewall: list.firewall, source },
          'the list was asked for from an address that is not among its sources; it was not given',
        );
        throw notHere();
      }
      const addresses = list.addresses();
      if (addresses === undefined) {
        reply.header('retry-after', String(RETRY_AFTER_S));
        throw new KnownError('not-ready', `the list of firewall ${list.firewall} is not whole yet`);
      }
      const { body, contentType, etag } = listText(addresses, {
        alias: list.alias,
        format: request.query.format,
      });
      const { 'user-agent': agent, 'if-none-match': known } = request.headers;
      // RFC 9110, 13.1.2: any list will do, so it is not sent; which one it has, if any, it does not say.
      const hasAny = known?.trim() === '*';
      if (request.method === 'GET' && !hasAny) {
        // Not before the last octet has left: a fetch that broke off confirms nothing.
        reply.raw.once('finish', () => list.noteFetch(addresses, source, agent));
      }
      reply.header('etag', etag);
      if (hasAny || matches(known, etag)) return reply.code(304).send();
      return reply.type(contentType).serializer(String).send(body);
    },
  );
}

/** The same for a wrong token, another alias and a strange source: whoever guesses learns nothing. */
function notHere(): KnownError {
  return new KnownError('not-found', 'there is no list at this path');
}

/** RFC 9110, 13.1.2: weak comparison. */
function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header
    .split(',')
    .map((one) => one.trim().replace(/^W\//, ''))
    .some((one) => one === etag);
}

/** The first sync takes about as long. */
const RETRY_AFTER_S = 5;
