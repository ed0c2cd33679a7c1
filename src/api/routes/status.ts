import { isoTime } from '../contract/common.ts';
import { Status } from '../contract/status.ts';
import { readOverview } from '../overview.ts';
import type { RouteDeps } from '../route-deps.ts';
import type { Api } from '../server.ts';
import { viewFirewall, viewGroup } from '../views.ts';
import { viewConfiguration } from './configuration.ts';

export function statusRoutes(app: Api, deps: RouteDeps): void {
  app.get('/status', { schema: { response: { 200: Status } }, config: { permission: 'read' } }, async () =>
    readStatus(deps),
  );
}

function readStatus(deps: RouteDeps): Status {
  const { running, firewalls, open, promises, waitingDenials, newHosts, ...read } = readOverview(deps);
  const configuration = viewConfiguration(deps.configuration.state());
  const { certificate } = running;
  const groups = read.groups.map((group) => viewGroup(deps, group));
  return {
    version: running.version,
    startedAt: isoTime(running.startedAt),
    now: isoTime(deps.clock.now()),
    sentences:
      groups.length === 0
        ? [NO_GROUPS]
        : groups.map((group) => `${group.name}: ${group.enforcement.sentence}.`),
    groups,
    promises: promises.map((promise) => ({ ...promise, counters: { ...promise.counters } })),
    waitingDenials,
    newHosts,
    openAddresses: open.addresses,
    firewalls: firewalls.map((firewall) => viewFirewall(deps, firewall)),
    ...(running.nextRunAt === undefined ? {} : { nextRunAt: isoTime(running.nextRunAt) }),
    planes: running.planes.map((plane) => ({ ...plane })),
    listeners: running.listeners.map((listener) => ({ ...listener })),
    upstreams: running.upstreams.map((upstream) => ({ ...upstream })),
    counters: { ...running.counters },
    configuration,
    ...(certificate === undefined
      ? {}
      : { certificate: { ...certificate, validTo: isoTime(certificate.validTo) } }),
    warnings: [...running.warnings, ...configurationWarnings(configuration)],
  };
}

function configurationWarnings({ problem, source }: Status['configuration']): readonly string[] {
  if (problem === undefined) return [];
  return [
    `${source ?? 'The configuration'} as it is now is not in force; what was in force before stays. ${problem.message}`,
  ];
}

const NO_GROUPS = 'No host is protected yet: every client is refused, and nothing is enforced.';
