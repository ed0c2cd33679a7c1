import { z } from 'zod';
import { KnownError } from '../../base/errors.ts';
import { actorOf } from '../access/identity.ts';
import { Empty, isoTime } from '../contract/common.ts';
import {
  FirewallCertificate,
  FirewallDrift,
  FirewallList,
  FirewallOnly,
  FirewallPlan,
  FirewallRun,
  FirewallTrust,
  ListPath,
  RunFilter,
  RunPage,
  TrustFirewall,
} from '../contract/firewalls.ts';
import type { RouteDeps } from '../route-deps.ts';
import type { Api } from '../server.ts';
import { listPastRuns, viewDrift } from '../view-firewall.ts';
import { viewFirewall, viewRun } from '../views.ts';

const OneFirewall = z.object({ name: z.string().min(1).max(100) });

export function firewallRoutes(app: Api, deps: RouteDeps & { readonly basePath: string }): void {
  const { actions, sync, lists, basePath } = deps;
  const admin = { permission: 'admin' } as const;
  const schema = { params: OneFirewall, body: Empty.nullish() };
  const view = (name: string) => {
    const firewall = sync.state().find((known) => known.name === name);
    if (firewall === undefined) throw new KnownError('not-found', `there is no firewall ${name}`);
    return viewFirewall(deps, firewall);
  };

  app.get(
    '/firewalls',
    { schema: { response: { 200: FirewallList } }, config: { permission: 'read' } },
    async () => ({ items: sync.state().map((firewall) => viewFirewall(deps, firewall)) }),
  );
  app.get(
    '/firewalls/:name/drift',
    {
      schema: { params: OneFirewall, response: { 200: FirewallDrift } },
      config: { permission: 'read' },
    },
    async ({ params: { name } }) => viewDrift(deps, name),
  );
  app.get(
    '/runs',
    { schema: { querystring: RunFilter, response: { 200: RunPage } }, config: { permission: 'read' } },
    async ({ query }) => listPastRuns(deps, query),
  );
  app.get(
    '/firewalls/:name/certificate',
    { schema: { params: OneFirewall, response: { 200: FirewallCertificate } }, config: admin },
    async ({ params: { name } }) => {
      const { url, certificate, pin, refusal } = await actions.showCertificate(name);
      return {
        name,
        url,
        ...certificate,
        validFrom: isoTime(certificate.validFrom),
        validTo: isoTime(certificate.validTo),
        trusted: refusal === undefined,
        ...(pin === undefined ? {} : { configuredPin: pin }),
        ...(refusal === undefined ? {} : { refusal }),
      };
    },
  );

  app.post(
    '/firewalls/:name/trust',
    {
      schema: { params: OneFirewall, body: TrustFirewall, response: { 200: FirewallTrust } },
      config: admin,
    },
    async (request) => {
      const { name } = request.params;
      const { pin } = request.body;
      const { pin: configured } = await actions.trustFirewall(name, pin, actorOf(request));
      return {
        name,
        pin,
        pinned: configured === pin,
        file: `tls: { pin: ${pin} }`,
        environment: `SALLYPORT_FIREWALL_PIN=${pin}`,
      };
    },
  );

  app.get(
    '/firewalls/:name/list',
    { schema: { params: OneFirewall, response: { 200: ListPath } }, config: admin },
    async ({ params }) => {
      const list = lists.all().find(({ firewall }) => firewall === params.name);
      if (list === undefined) throw new KnownError('not-found', `firewall ${params.name} fetches no list`);
      return { path: `${basePath}/feed/${list.token.reveal()}/${list.alias}.txt` };
    },
  );
  app.post(
    '/firewalls/:name/sync',
    { schema: { ...schema, response: { 200: FirewallRun } }, config: admin },
    async ({ params }) => {
      const run = await actions.syncNow(params.name);
      return { run: viewRun(run), firewall: view(params.name) };
    },
  );
  app.post(
    '/firewalls/:name/plan',
    { schema: { ...schema, response: { 200: FirewallPlan } }, config: { ...admin, onlyLooks: true } },
    async ({ params }) => {
      const { add, renew, remove } = await actions.planSync(params.name);
      const plan = {
        add: add.map(({ address }) => address),
        renew: renew.map(({ address }) => address),
        remove: [...remove],
      };
      return { plan, firewall: view(params.name) };
    },
  );
  app.post(
    '/firewalls/:name/release',
    { schema: { ...schema, response: { 200: FirewallRun } }, config: admin },
    async (request) => {
      const run = await actions.releasePlan(request.params.name, actorOf(request));
      return { run: viewRun(run), firewall: view(request.params.name) };
    },
  );
  app.post(
    '/firewalls/:name/drop',
    { schema: { ...schema, response: { 200: FirewallOnly } }, config: admin },
    async (request) => {
      await actions.dropPlan(request.params.name, actorOf(request));
      return { firewall: view(request.params.name) };
    },
  );
  app.post(
    '/firewalls/:name/create-alias',
    { schema: { ...schema, response: { 200: FirewallRun } }, config: admin },
    async (request) => {
      const run = await actions.createAlias(request.params.name, actorOf(request));
      return { run: viewRun(run), firewall: view(request.params.name) };
    },
  );
  app.post(
    '/firewalls/:name/examine',
    { schema: { ...schema, response: { 200: FirewallOnly } }, config: { ...admin, onlyLooks: true } },
    async ({ params }) => {
      const findings = await actions.examineFirewall(params.name);
      return { firewall: { ...view(params.name), findings: findings.map((finding) => ({ ...finding })) } };
    },
  );
}
