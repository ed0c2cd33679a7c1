import { listAudit } from '../../store/audit.ts';
import { AuditFilter, AuditPage, AuditVerification, AuditVerificationRequest } from '../contract/audit.ts';
import { isoTime } from '../contract/common.ts';
import type { RouteDeps } from '../route-deps.ts';
import type { Api } from '../server.ts';
import { toCursor } from '../views.ts';

export function auditRoutes(app: Api, { db, queries }: RouteDeps): void {
  app.get(
    '/audit',
    { schema: { querystring: AuditFilter, response: { 200: AuditPage } }, config: { permission: 'read' } },
    async ({ query: { cursor, limit } }) => {
      const page = listAudit(db, { limit, ...(cursor === undefined ? {} : { cursor }) });
      return { items: page.items.map((entry) => ({ ...entry, at: isoTime(entry.at) })), ...toCursor(page) };
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
