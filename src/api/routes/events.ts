import type { Identity } from '../access/identity.ts';
import { actorOf } from '../access/identity.ts';
import { EventStream, EventsRequest, TOPICS } from '../contract/events.ts';
import type { Events } from '../events/events.ts';
import type { Places } from '../events/places.ts';
import { streamEvents } from '../events/stream.ts';
import type { RouteDeps } from '../route-deps.ts';
import type { Api } from '../server.ts';

export interface EventRouteDeps {
  readonly events: Events;
  readonly places: Places;
}

/** What happens, as it happens: server-sent events. */
export function eventRoutes(app: Api, deps: EventRouteDeps & Pick<RouteDeps, 'clock'>): void {
  const { events, places, clock } = deps;
  app.get(
    '/events',
    {
      schema: { querystring: EventsRequest, produces: ['text/event-stream'], response: { 200: EventStream } },
      // It stays open: a page of somebody else must not hold the places of the owner.
      config: { permission: 'read', sameSite: true },
      exposeHeadRoute: false,
    },
    (request, reply) => {
      const { topics = TOPICS, lastEventId } = request.query;
      const header = request.headers['last-event-id'];
      const release = places.take(actorOf(request).name);
      reply.hijack();
      for (const [name, value] of Object.entries(reply.getHeaders())) {
        if (value !== undefined) reply.raw.setHeader(name, value);
      }
      reply.raw.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        // nginx would keep events back until its buffer is full.
        'x-accel-buffering': 'no',
      });
      streamEvents(reply.raw, {
        clock,
        events,
        topics,
        after: lastEventId ?? (typeof header === 'string' && header !== '' ? header : undefined),
        mayRead: lastsOf(request.identity),
        onEnd: release,
      });
    },
  );
}

function lastsOf(identity: Identity | undefined): () => boolean {
  return identity?.lasts ?? (() => true);
}
