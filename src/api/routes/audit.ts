import { findWay } from '../../actions/revert/revert-entry.ts';
import { auditWords, listAudit, revertsOf, type AuditEntry as Stored } from '../../store/audit.ts';
import { actorOf } from '../access/identity.ts';
import {
  type AuditEntry,
  AuditFilter,
  AuditPage,
  AuditReverted,
  AuditVerification,
  AuditVerificationRequest,
  AuditWords,
  OneAuditEntry,
} from '../contract/audit.ts';
import { Empty, isoTime } from '../contract/common.ts';
import type { RouteDeps } from '../route-deps.ts';
import type { Api } from '../server.ts';
import { toCursor, viewEffect } from '../views.ts';

export function auditRoutes(app: Api, deps: RouteDeps): void {
  const { actions, db, queries } = deps;
  app.get(
    '/audit',
    { schema: { querystring: AuditFilter, response: { 200: AuditPage } }, config: { permission: 'read' } },
    async ({ query: { since, until, ...filter } }) => {
      const page = listAudit(db, {
        ...filter,
        ...(since === undefined ? {} : { since: Date.parse(since) }),
        ...(until === undefined ? {} : { until: Date.parse(until) }),
      });
      return { items: viewEntries(deps, page.items), ...toCursor(page) };
    },
  );
  app.get(
    '/audit/words',
    { schema: { response: { 200: AuditWords } }, config: { permission: 'read' } },
    async () => auditWords(db),
  );

  app.post(
    '/audit/:id/revert',
    {
      schema: { params: OneAuditEntry, body: Empty.nullish(), response: { 200: AuditReverted } },
      config: { permission: 'admin' },
    },
    async (request) => {
      const { entry, effect } = await actions.revertEntry(request.params.id, actorOf(request));
      const [view] = viewEntries(deps, [entry]);
      if (view === undefined) throw new Error(`audit entry ${entry.id} has no view`);
      return { entry: view, ...(effect === undefined ? {} : { effect: viewEffect(effect) }) };
    },
  );

  app.get(
    '/audit/verification',
    {
      schema: { querystring: AuditVerificationRequest, response: { 200: AuditVerification } },
      config: { permission: 'read' },
    },
    async ({ query: { noted } }) => queries.verifyAudit(noted === undefined ? {} : { noted }),
  );
}

function viewEntries(deps: RouteDeps, entries: readonly Stored[]): AuditEntry[] {
  const taken = revertsOf(
    deps.db,
    entries.map(({ id }) => id),
  );
  return entries.map(({ reverts, ...entry }) => {
    const revertedBy = taken.get(entry.id);
    const way = findWay(deps, { ...entry, reverts }, revertedBy);
    return {
      ...entry,
      at: isoTime(entry.at),
      ...(reverts === undefined ? {} : { reverts }),
      ...(revertedBy === undefined ? {} : { revertedBy }),
      revertible: !('why' in way),
      ...('why' in way ? { notRevertible: way.why } : {}),
    };
  });
}
