import { pipeline } from 'node:stream/promises';
import { toAddress, toName } from '../../actions/canonical.ts';
import type { LinesAsked } from '../../actions/query-port.ts';
import { parseDomainName } from '../../base/domain-name.ts';
import { KnownError } from '../../base/errors.ts';
import { typeNumber } from '../../dns/wire/constants.ts';
import { actorOf } from '../access/identity.ts';
import { isoTime } from '../contract/common.ts';
import {
  CountFilter,
  ExportFilter,
  QueryCounts,
  QueryExport,
  QueryFilter,
  QueryPage,
} from '../contract/queries.ts';
import type { Places } from '../events/places.ts';
import { asCsv, asJsonLines, exportLines, startingWith } from '../export-queries.ts';
import { countOver } from '../query-counts.ts';
import type { RouteDeps } from '../route-deps.ts';
import type { Api } from '../server.ts';
import { knownAs, viewQuery } from '../views.ts';

export function queryRoutes(
  app: Api,
  { queries, catalog, clock, places }: RouteDeps & { readonly places: Places },
): void {
  app.get(
    '/queries',
    { schema: { querystring: QueryFilter, response: { 200: QueryPage } }, config: { permission: 'read' } },
    async ({ query: { cursor, limit, ...filter } }) => {
      const { items, nextCursor, searchedTo } = await queries.search({ ...toFilter(filter), cursor, limit });
      return {
        items: items.map((query) => ({
          ...viewQuery(query),
          ...knownAs(catalog, parseDomainName(query.name)),
        })),
        ...(nextCursor === undefined ? {} : { nextCursor }),
        ...(searchedTo === undefined ? {} : { searchedTo: isoTime(searchedTo) }),
      };
    },
  );
  app.get(
    '/queries/counts',
    { schema: { querystring: CountFilter, response: { 200: QueryCounts } }, config: { permission: 'read' } },
    async ({ query: { parts, ...filter } }) => {
      const { since = 0, until = clock.now(), ...lines } = toFilter(filter);
      if (since >= until) throw new KnownError('invalid-input', 'since is not before until');
      return countOver(queries, { lines, since, until, parts });
    },
  );
  for (const [ending, type, write] of EXPORTS) {
    app.get(
      `/queries.${ending}`,
      {
        schema: { querystring: ExportFilter, produces: [type], response: { 200: QueryExport } },
        // It reads the whole log: a page of somebody else must not have it done again and again.
        config: { permission: 'read', sameSite: true },
        exposeHeadRoute: false,
      },
      async (request, reply) => {
        const { query, identity } = request;
        const { until = clock.now(), ...filter } = toFilter(query);
        const pages = exportLines(
          queries,
          { ...filter, until },
          () => identity?.lasts?.() ?? true,
          () => reply.raw.destroyed,
        );
        // Before the first look, which may be of the whole log: it closes only once, and that may be while it is searched.
        const release = places.take(actorOf(request).name);
        reply.raw.on('close', release);
        // A question that cannot be answered is refused as any other, before a file begins.
        const first = await pages.next().catch((error: unknown) => {
          release();
          throw error;
        });
        reply.hijack();
        if (reply.raw.destroyed) return;
        for (const [name, value] of Object.entries(reply.getHeaders()))
          if (value !== undefined) reply.raw.setHeader(name, value);
        reply.raw.writeHead(200, {
          'content-type': `${type}; charset=utf-8`,
          'content-disposition': `attachment; filename="sallyport-queries.${ending}"`,
          'cache-control': 'no-store',
          // A proxy that keeps it back would show no progress.
          'x-accel-buffering': 'no',
        });
        reply.raw.setTimeout(NOT_TAKEN_MS, () => reply.raw.destroy());
        await pipeline(write(startingWith(first, pages)), reply.raw).catch((error: unknown) => {
          // What is cut off is seen by whoever reads it: the last chunk is missing.
          reply.raw.destroy();
          reply.log.info({ err: error }, 'an export of the query log ended early');
        });
      },
    );
  }
}

const EXPORTS = [
  ['csv', 'text/csv', asCsv],
  ['ndjson', 'application/x-ndjson', asJsonLines],
] as const;

/** Milliseconds in which nothing was taken: whoever asked is gone. */
const NOT_TAKEN_MS = 60_000;

type Lines = Omit<QueryFilter, 'cursor' | 'limit'>;

/** A leading dot asks for everything below the name too, a star for that alone. */
function toFilter({ name, client, type, since, until, ...rest }: Lines): LinesAsked & {
  readonly since?: number;
  readonly until?: number;
} {
  const [, star = ''] = /^(\*?\.)(?=.)/.exec(name ?? '') ?? [];
  return {
    ...rest,
    ...(client === undefined ? {} : { client: toAddress(client) }),
    ...(name === undefined
      ? {}
      : { name: toName(name.slice(star.length)), below: star === '*.' ? 'only' : star === '.' }),
    ...(type === undefined ? {} : { types: type.split(',').map(toType) }),
    ...(since === undefined ? {} : { since: Date.parse(since) }),
    ...(until === undefined ? {} : { until: Date.parse(until) }),
  };
}

function toType(text: string): number {
  try {
    return typeNumber(text.trim());
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new KnownError('invalid-input', error.message, { cause: error });
  }
}
