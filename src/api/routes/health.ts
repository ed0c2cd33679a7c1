import { Health } from '../contract/status.ts';
import type { StatusPort } from '../ports.ts';
import type { Api } from '../server.ts';

/** For an orchestrator: neither depends on a firewall or an upstream, or it would restart the resolver in an outage. */
export function healthRoutes(app: Api, { status }: { readonly status: StatusPort }): void {
  app.get(
    '/healthz',
    { schema: { response: { 200: Health, 503: Health } }, config: { permission: 'open' } },
    async (_request, reply) =>
      status.read().listeners.some(({ error }) => error === undefined)
        ? { status: 'ok' as const }
        : reply.code(503).send({ status: 'starting' as const }),
  );
  app.get(
    '/readyz',
    { schema: { response: { 200: Health, 503: Health } }, config: { permission: 'open' } },
    async (_request, reply) =>
      status.ready() ? { status: 'ok' as const } : reply.code(503).send({ status: 'starting' as const }),
  );
}
