/** What status and metrics both tell, read once. */
import { describeGroup } from '../actions/describe-group.ts';
import { reportPromises } from '../actions/promises.ts';
import { countWaiting } from '../store/denials.ts';
import { listGroups } from '../store/groups.ts';
import { countUnknownClients } from '../store/unknown-clients.ts';
import type { RouteDeps } from './route-deps.ts';

export function readOverview(deps: RouteDeps) {
  const running = deps.status.read();
  const groups = listGroups(deps.db).map((group) => ({ ...group, enforcement: describeGroup(deps, group) }));
  const firewalls = deps.sync.state();
  const { counters, planes, ledger } = running;
  return {
    running,
    groups,
    firewalls,
    open: deps.leases.counts(),
    waitingDenials: countWaiting(deps.db),
    newHosts: countUnknownClients(deps.db),
    promises: reportPromises({ groups, counters, firewalls, planes, ledger }),
  };
}
