/** What the set-up on the page is made of besides the first password. */
import { Empty, isoTime } from '../contract/common.ts';
import { FirewallTried, SelfTest, SetupSteps, TryFirewall } from '../contract/setup.ts';
import type { RouteDeps } from '../route-deps.ts';
import type { Api } from '../server.ts';

export function setupGuideRoutes(app: Api, { actions, status }: RouteDeps): void {
  const config = { permission: 'admin' } as const;
  const onlyLooks = { ...config, onlyLooks: true } as const;

  app.get('/setup/steps', { schema: { response: { 200: SetupSteps } }, config }, async () => {
    const steps = await actions.setupSteps(status.read().listeners);
    return {
      items: steps.map(({ presetBy, heard, ...step }) => ({
        ...step,
        ...(presetBy === undefined ? {} : { presetBy: presetBy.replace(/^env /, '') }),
        ...(heard === undefined ? {} : { heard: { ...heard, at: isoTime(heard.at) } }),
      })),
    };
  });
  app.post(
    '/setup/self-test',
    { schema: { body: Empty.nullish(), response: { 200: SelfTest } }, config: onlyLooks },
    async () => {
      const { listeners, clients, hidden } = await actions.selfTest(status.read().listeners);
      return {
        listeners: [...listeners],
        clients: clients.map((client) => ({ ...client, at: isoTime(client.at) })),
        ...(hidden === undefined ? {} : { hidden: { ...hidden, fixes: [...hidden.fixes] } }),
      };
    },
  );
  app.post(
    '/firewalls/try',
    { schema: { body: TryFirewall, response: { 200: FirewallTried } }, config: onlyLooks },
    async ({ body }) => {
      const { checks, certificate } = await actions.tryFirewall(body);
      return {
        ok: checks.every(({ result }) => result !== 'failed'),
        items: [...checks],
        ...(certificate === undefined
          ? {}
          : {
              certificate: {
                ...certificate,
                validFrom: isoTime(certificate.validFrom),
                validTo: isoTime(certificate.validTo),
              },
            }),
      };
    },
  );
}
