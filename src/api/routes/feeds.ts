import { z } from 'zod';
import type { FeedReport } from '../../actions/ports.ts';
import { actorOf } from '../access/identity.ts';
import { Empty, isoTime } from '../contract/common.ts';
import { type Feed, FeedList, FeedOnly } from '../contract/feeds.ts';
import type { RouteDeps } from '../route-deps.ts';
import type { Api } from '../server.ts';

const OneFeed = z.object({ name: z.string().min(1).max(100) });

export function feedRoutes(app: Api, { actions, feeds }: RouteDeps): void {
  const admin = { permission: 'admin' } as const;
  const schema = { params: OneFeed, body: Empty.nullish(), response: { 200: FeedOnly } };
  app.get(
    '/feeds',
    { schema: { response: { 200: FeedList } }, config: { permission: 'read' } },
    async () => ({ items: feeds.reports().map(viewFeed) }),
  );
  app.post('/feeds/:name/refresh', { schema, config: admin }, async ({ params }) => ({
    feed: viewFeed(await actions.refreshFeed(params.name)),
  }));
  app.post('/feeds/:name/accept', { schema, config: admin }, async (request) => ({
    feed: viewFeed(await actions.acceptFeed(request.params.name, actorOf(request))),
  }));
}

function viewFeed(feed: FeedReport): Feed {
  const { groups, ports, until, knownIn, checkedAt, fetchedAt, nextAt, problem, held, ...rest } = feed;
  return {
    ...rest,
    groups: [...groups],
    ports: [...ports],
    ...(until === undefined ? {} : { until: isoTime(until) }),
    ...(knownIn === undefined ? {} : { knownIn }),
    ...(nextAt === undefined ? {} : { nextAt: isoTime(nextAt) }),
    ...(checkedAt === undefined ? {} : { checkedAt: isoTime(checkedAt) }),
    ...(fetchedAt === undefined ? {} : { fetchedAt: isoTime(fetchedAt) }),
    ...(problem === undefined ? {} : { problem }),
    ...(held === undefined ? {} : { held: [...held] }),
  };
}
