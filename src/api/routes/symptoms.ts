import { parseDuration } from '../../actions/duration.ts';
import { findGroup } from '../../actions/find-group.ts';
import type { Happened, NameLook, SymptomReport } from '../../actions/reports/symptoms.ts';
import { findSymptom, findSymptoms } from '../../catalog/symptoms.ts';
import { isoTime } from '../contract/common.ts';
import { OneSymptom, Symptom, SymptomFilter, SymptomList, SymptomScope } from '../contract/symptoms.ts';
import type { RouteDeps } from '../route-deps.ts';
import type { Api } from '../server.ts';

export function symptomRoutes(app: Api, { db, clock, catalog, queries }: RouteDeps): void {
  const look = (
    ids: readonly string[],
    { group, since }: { readonly group?: string | undefined; readonly since: string },
  ) =>
    queries.symptoms({
      ids,
      since: clock.now() - parseDuration(since),
      ...(group === undefined ? {} : { group: findGroup(db, group).name }),
    });
  app.get(
    '/symptoms',
    {
      schema: { querystring: SymptomFilter, response: { 200: SymptomList } },
      config: { permission: 'read' },
    },
    async ({ query: { q, ...scope } }) => {
      const ids = findSymptoms(catalog, q).map(({ id }) => id);
      return { items: (await look(ids, scope)).map(viewSymptom) };
    },
  );
  app.get(
    '/symptoms/:id',
    {
      schema: { params: OneSymptom, querystring: SymptomScope, response: { 200: Symptom } },
      config: { permission: 'read' },
    },
    async ({ params, query }) => {
      const { id } = findSymptom(catalog, params.id);
      const [report] = await look([id], query);
      if (report === undefined) throw new Error(`nothing was reported of ${id}`);
      return viewSymptom(report);
    },
  );
}

function viewSymptom({ symptom, look }: SymptomReport): Symptom {
  const { id, title, words, names, elsewhere, confidence, sources } = symptom;
  return {
    id,
    title,
    words: [...words],
    names: [...names],
    elsewhere: [...elsewhere],
    confidence,
    sources: [...sources],
    ...(look === undefined
      ? {}
      : {
          look: {
            ...look,
            since: isoTime(look.since),
            names: look.names.map(viewName),
            unnamed: look.unnamed.map((one) => ({ ...one })),
          },
        }),
  };
}

function viewName({ asked, refused, failed, types, ...one }: NameLook) {
  const happened = (what: Happened) => ({ count: what.count, lastAt: isoTime(what.lastAt) });
  return {
    ...one,
    types: [...types],
    ...(asked === undefined ? {} : { asked: happened(asked) }),
    ...(refused === undefined ? {} : { refused: happened(refused) }),
    ...(failed === undefined ? {} : { failed: happened(failed) }),
  };
}
