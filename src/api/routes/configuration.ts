import type * as Ports from '../../actions/configuration/ports.ts';
import type { Change } from '../../config/plan/plan.ts';
import { actorOf } from '../access/identity.ts';
import { isoTime } from '../contract/common.ts';
import {
  ConfigurationApplied,
  type ConfigurationDrift,
  ConfigurationExport,
  ConfigurationPlan,
  ConfigurationRequest,
  type ConfigurationState,
} from '../contract/configuration.ts';
import type { RouteDeps } from '../route-deps.ts';
import type { Api } from '../server.ts';
import { viewEffect } from '../views.ts';
import { viewGroupPreset } from './presets.ts';

/** For an admin: a plan tells what a stranger could try, and an export where everything is. */
export function configurationRoutes(app: Api, { actions, configuration }: RouteDeps): void {
  const admin = { permission: 'admin' } as const;
  app.get('/config', { schema: { response: { 200: ConfigurationExport } }, config: admin }, async () => ({
    yaml: actions.exportConfiguration(),
    state: viewConfiguration(configuration.state()),
  }));
  app.post(
    '/config/plan',
    {
      schema: { body: ConfigurationRequest, response: { 200: ConfigurationPlan } },
      config: { ...admin, onlyLooks: true },
    },
    async ({ body }) => viewPlan(actions.planConfiguration(sent(body))),
  );
  app.post(
    '/config/apply',
    { schema: { body: ConfigurationRequest, response: { 200: ConfigurationApplied } }, config: admin },
    async (request) => {
      const { plan, effect } = await actions.applyConfiguration(sent(request.body), actorOf(request));
      return { plan: viewPlan(plan), ...(effect === undefined ? {} : { effect: viewEffect(effect) }) };
    },
  );
}

export function viewConfiguration(state: Ports.ConfigurationState): ConfigurationState {
  const { source, managed, appliedAt, problem, drift } = state;
  return {
    ...(source === undefined ? {} : { source }),
    managed,
    ...(appliedAt === undefined ? {} : { appliedAt: isoTime(appliedAt) }),
    ...(problem === undefined ? {} : { problem: { at: isoTime(problem.at), message: problem.message } }),
    drift: drift.map(viewDrift),
  };
}

function sent({ yaml, name }: { yaml?: string | undefined; name: string }): Ports.SentDocument | undefined {
  return yaml === undefined ? undefined : { name, text: yaml };
}

function viewPlan(plan: Ports.ConfigurationPlan): ConfigurationPlan {
  return {
    source: plan.source,
    file: plan.file,
    changes: plan.changes.map((change) => ({
      kind: change.kind,
      op: change.op,
      group: change.group,
      what: whatOf(change),
      fields: change.fields.map((field) =>
        structuredClone(field),
      ) as ConfigurationPlan['changes'][number]['fields'],
      ...(change.place === undefined ? {} : { place: change.place }),
    })),
    moved: plan.moved,
    closes: plan.closes.map(({ address, group, names, firewalls }) => ({
      address,
      group,
      names: [...names],
      firewalls: [...firewalls],
    })),
    atNextStart: plan.atNextStart.map(({ key, place }) => ({
      key,
      ...(place === undefined ? {} : { place }),
    })),
    drift: plan.drift.map(viewDrift),
    presetUpdates: plan.presetUpdates.map(viewGroupPreset),
    notes: [...plan.notes],
  };
}

function whatOf(change: Change): string {
  switch (change.kind) {
    case 'preset':
      return change.preset;
    case 'rule': {
      const rule = change.to ?? change.from;
      return rule === undefined ? '' : `${rule.action} ${rule.pattern}`;
    }
    case 'address':
      return (change.to ?? change.from)?.address ?? '';
    default:
      return '';
  }
}

function viewDrift({ until, ...drift }: Ports.Drift): ConfigurationDrift {
  return { ...drift, ...(until === undefined ? {} : { until: isoTime(until) }) };
}
