import { KnownError } from '../../base/errors.ts';
import { readImport } from '../../config/import/import.ts';
import { actorOf } from '../access/identity.ts';
import { ImportQuery, ImportRequest, ImportResult, ImportUndone, OneImport } from '../contract/imports.ts';
import type { RouteDeps } from '../route-deps.ts';
import type { Api } from '../server.ts';
import { viewEffect } from '../views.ts';

export function importRoutes(app: Api, { actions }: RouteDeps): void {
  const admin = { permission: 'admin' } as const;
  app.post(
    '/rules/import',
    {
      schema: { querystring: ImportQuery, body: ImportRequest, response: { 200: ImportResult } },
      config: { ...admin, onlyLooks: (query) => isTrial(query as ImportQuery) },
    },
    async (request) => {
      const { group, source, format, text, entries } = request.body;
      const dryRun = isTrial(request.query);
      const read = text === undefined ? undefined : readImport(Buffer.from(text), format, noDatabase);
      const input = { group, source, entries: read?.entries ?? entries ?? [], dryRun };
      const { added, existing, entry, effect } = await actions.importRules(input, actorOf(request));
      return {
        dryRun,
        ...(read === undefined ? {} : { format: read.format }),
        added: added.map((one) => ({ ...one })),
        existing: existing.map((one) => ({ ...one })),
        skipped: (read?.skipped ?? []).map((one) => ({ ...one })),
        skippedCount: read?.skippedCount ?? 0,
        ...(entry === undefined ? {} : { undo: { entry, command: `sallyport import --undo ${entry}` } }),
        ...(effect === undefined ? {} : { effect: viewEffect(effect) }),
      };
    },
  );
  app.delete(
    '/rules/import/:entry',
    { schema: { params: OneImport, response: { 200: ImportUndone } }, config: admin },
    async (request) => {
      const { rules, effect } = await actions.undoImport(request.params.entry, actorOf(request));
      return { ended: rules.length, effect: viewEffect(effect) };
    },
  );
}

const isTrial = ({ dryRun }: ImportQuery) => dryRun === '1' || dryRun === 'true';

/** A database that somebody else wrote is opened in no process that answers names. */
function noDatabase(): never {
  throw new KnownError('invalid-input', 'a database is not taken here', {
    hint: 'Use `sallyport import gravity.db`, which reads it on its own.',
  });
}
