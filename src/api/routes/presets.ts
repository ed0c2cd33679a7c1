import { parseDuration } from '../../actions/duration.ts';
import { findGroup } from '../../actions/find-group.ts';
import { type GroupPreset, groupPresets } from '../../actions/presets/describe.ts';
import type { PresetChange } from '../../actions/presets/group-presets.ts';
import type { Neighbours } from '../../actions/reports/neighbours.ts';
import type { PresetChanges, TakenRule } from '../../catalog/changes.ts';
import { addressSharing } from '../../catalog/hosting.ts';
import { type CatalogEntry, findPreset, type Preset } from '../../catalog/load.ts';
import { NO_RULE_FOR_TEMPLATE } from '../../catalog/reach.ts';
import { isNeverOpened, ruleOf } from '../../catalog/rules.ts';
import { actorOf } from '../access/identity.ts';
import { Empty, isoTime } from '../contract/common.ts';
import {
  type GroupPreset as GroupPresetView,
  NeighbourFilter,
  NeighbourList,
  OneGroup,
  OnePreset,
  PresetDetail,
  PresetEffect,
  PresetList,
  PresetOfGroup,
} from '../contract/presets.ts';
import type { RouteDeps } from '../route-deps.ts';
import type { Api } from '../server.ts';
import { viewEffect } from '../views.ts';

export function presetRoutes(app: Api, deps: RouteDeps): void {
  const { actions, catalog, db, clock, queries } = deps;
  const taken = (groupId?: number) => groupPresets({ db, catalog, now: clock.now() }, groupId);
  app.get(
    '/presets',
    { schema: { response: { 200: PresetList } }, config: { permission: 'read' } },
    async () => {
      const all = taken();
      return {
        items: [...catalog.presets.values()].map((preset) => viewPreset(preset, all)),
        withdrawn: all.filter(({ withdrawn }) => withdrawn).map(viewGroupPreset),
      };
    },
  );
  app.get(
    '/presets/:id',
    { schema: { params: OnePreset, response: { 200: PresetDetail } }, config: { permission: 'read' } },
    async ({ params }) => {
      const preset = findPreset(catalog, params.id);
      return {
        ...viewPreset(preset, taken()),
        entries: preset.entries.map(viewEntry),
        unnamed: preset.unnamed.map((one) => ({ ...one })),
        notes: [...preset.notes],
      };
    },
  );

  app.get(
    '/groups/:name/neighbours',
    {
      schema: { params: OneGroup, querystring: NeighbourFilter, response: { 200: NeighbourList } },
      config: { permission: 'read' },
    },
    async ({ params, query }) => {
      const { name } = findGroup(db, params.name);
      const since = clock.now() - parseDuration(query.since);
      return viewNeighbours(await queries.neighbours({ group: name, since }));
    },
  );

  const view = ({ group, effect, entry }: PresetChange, id: string) => {
    const now = taken(findGroup(db, group).id).find(({ preset }) => preset === id);
    return {
      ...(now === undefined ? {} : { preset: viewGroupPreset(now) }),
      effect: viewEffect(effect),
      ...(entry === undefined ? {} : { entry }),
    };
  };
  const changing = {
    schema: { params: PresetOfGroup, response: { 200: PresetEffect } },
    config: { permission: 'admin' },
  } as const;
  const taking = { ...changing, schema: { ...changing.schema, body: Empty.nullish() } } as const;
  app.post('/groups/:name/presets/:id', taking, async (request) => {
    const { name, id } = request.params;
    return view(await actions.addPreset({ group: name, preset: id }, actorOf(request)), id);
  });
  app.post('/groups/:name/presets/:id/update', taking, async (request) => {
    const { name, id } = request.params;
    return view(await actions.updatePreset({ group: name, preset: id }, actorOf(request)), id);
  });
  app.delete('/groups/:name/presets/:id', changing, async (request) => {
    const { name, id } = request.params;
    return view(await actions.removePreset({ group: name, preset: id }, actorOf(request)), id);
  });
}

export function viewGroupPreset({ update, yours, takenAt, ...rest }: GroupPreset): GroupPresetView {
  return {
    ...rest,
    takenAt: isoTime(takenAt),
    ...(update === undefined ? {} : { update: { from: update.from, to: update.to, ...viewChanges(update) } }),
    yours: yours.map(({ until, ...edit }) => ({
      ...edit,
      ...(until === undefined ? {} : { until: isoTime(until) }),
    })),
  };
}

function viewNeighbours({ group, since, items }: Neighbours) {
  return {
    group,
    since: isoTime(since),
    items: items.map(({ seen, onlyHere, ...one }) => ({
      ...one,
      onlyHere: [...onlyHere],
      seen: seen.map(({ lastAt, ...name }) => ({ ...name, lastAt: isoTime(lastAt) })),
    })),
  };
}

function viewChanges({ added, removed, changed }: PresetChanges) {
  return {
    added: added.map(viewRule),
    removed: removed.map(viewRule),
    changed: changed.map(({ before, after }) => ({ before: viewRule(before), after: viewRule(after) })),
  };
}

function viewRule({ action, pattern, types, note }: TakenRule) {
  return { action, pattern, types: [...types], note };
}

function viewPreset(preset: Preset, taken: readonly GroupPreset[]) {
  const { id, title, description, version, updated, defaultEnabled, entries } = preset;
  return {
    id,
    title,
    description,
    version,
    updated,
    default: defaultEnabled,
    names: entries.length,
    refuses: entries.filter(isNeverOpened).length,
    groups: taken.filter((one) => one.preset === id).map(viewGroupPreset),
  };
}

const NO_RULE_FOR_OWN =
  'It is answered from its first label, as the group’s plexDirect says: for hashes and addresses of one’s own only.';

function viewEntry(entry: CatalogEntry) {
  const rule = ruleOf(entry);
  const noRule = entry.reach.kind === 'template' ? NO_RULE_FOR_TEMPLATE : NO_RULE_FOR_OWN;
  return {
    pattern: entry.pattern,
    types: [...(rule?.types ?? entry.types)],
    action: rule?.action ?? ('none' as const),
    ...(rule === undefined ? { noRule } : {}),
    function: entry.function,
    need: entry.need,
    why: entry.why,
    breaks: entry.breaks,
    addresses: addressSharing(entry.shared_hosting, entry.hosting_verified),
    ports: [...entry.ports],
    confidence: entry.confidence,
    ...(entry.note === undefined ? {} : { note: entry.note }),
    sources: [...entry.sources],
  };
}
