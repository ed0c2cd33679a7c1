/** Presets of a group: taken, brought up to date, left. Each is in force for the next query when it resolves. */
import { KnownError } from '../../base/errors.ts';
import { changesBetween, isNothing } from '../../catalog/changes.ts';
import { parsePattern, patternMatches } from '../../policy/pattern.ts';
import { appendAudit } from '../../store/audit.ts';
import { type Group, updateGroup } from '../../store/groups.ts';
import { findTaking, type Taking } from '../../store/preset-takings.ts';
import type { Actor } from '../actor.ts';
import { decideCoveredByAny } from '../decide-covered.ts';
import type { ActionDeps } from '../deps.ts';
import { type Effect, takeEffect } from '../effect.ts';
import { findGroup } from '../find-group.ts';
import { assertOurs } from '../managed-by-file.ts';
import { leavePreset, offerOf, type Taken, takePreset } from './take.ts';

export interface PresetInput {
  readonly group: string;
  readonly preset: string;
  /** As it was in an earlier taking of this preset by this group; absent: as the catalog has it. */
  readonly like?: Taking | undefined;
}

export interface PresetChange {
  readonly group: string;
  readonly effect: Effect;
  /** What of the audit takes it back; absent: nothing had to be changed. */
  readonly entry?: number;
}

/** Taking what the group has already changes nothing. */
export function addPreset(deps: ActionDeps) {
  const { db, catalog } = deps;
  return async ({ group: name, preset, like }: PresetInput, actor: Actor): Promise<PresetChange> => {
    const group = findGroup(db, name);
    if (like === undefined) offerOf(catalog, preset);
    assertPresetsAreOurs(deps, group);
    if (findTaking(db, { groupId: group.id, preset }) !== undefined)
      return { group: name, effect: await effectOf(deps, name, []) };
    return change(deps, { group, preset, action: 'preset.add' }, actor, (at) => {
      updateGroup(db, group.id, { presets: [...group.presets, preset] });
      return takePreset(db, catalog, { groupId: group.id, preset, at, by: actor.name, like });
    });
  };
}

/** Takes what the catalog has by now; what somebody did to the preset's rules stays. */
export function updatePreset(deps: ActionDeps) {
  const { db, catalog } = deps;
  return async ({ group: name, preset, like }: PresetInput, actor: Actor): Promise<PresetChange> => {
    const group = findGroup(db, name);
    const before = takingOf(deps, group, preset);
    const { version, rules } = like ?? offerOf(catalog, preset);
    if (version === before.version && isNothing(changesBetween(before.rules, rules)))
      return { group: name, effect: await effectOf(deps, name, []) };
    return change(deps, { group, preset, action: 'preset.update' }, actor, (at) =>
      takePreset(db, catalog, { groupId: group.id, preset, at, by: actor.name, like }),
    );
  };
}

/** Ends its rules, and with them what only they had opened. */
export function removePreset(deps: ActionDeps) {
  const { db } = deps;
  return async ({ group: name, preset }: PresetInput, actor: Actor): Promise<PresetChange> => {
    const group = findGroup(db, name);
    const before = takingOf(deps, group, preset);
    assertPresetsAreOurs(deps, group);
    return change(deps, { group, preset, action: 'preset.remove' }, actor, (at) => {
      updateGroup(db, group.id, { presets: group.presets.filter((one) => one !== preset) });
      leavePreset(db, { groupId: group.id, preset, at, by: actor.name });
      return { before, taking: undefined, rules: [] };
    });
  };
}

interface Change {
  readonly group: Group;
  readonly preset: string;
  readonly action: 'preset.add' | 'preset.update' | 'preset.remove';
}

/** Writes it, with its entry in the audit, and puts it in force. */
async function change(
  deps: ActionDeps,
  { group, preset, action }: Change,
  actor: Actor,
  write: (at: number) => Omit<Taken, 'taking'> & { readonly taking: Taking | undefined },
): Promise<PresetChange> {
  const { db, clock } = deps;
  const { decided, before, taking, entry } = db.transaction(() => {
    const at = clock.now();
    const done = write(at);
    const written = appendAudit(db, {
      at,
      actor: actor.name,
      action,
      subject: `${group.name} ${preset}`,
      ...(done.before === undefined ? {} : { before: recorded(done.before) }),
      ...(done.taking === undefined ? {} : { after: recorded(done.taking) }),
      origin: actor.origin,
      reverts: actor.reverts,
    });
    const covered = decideCoveredByAny(db, group.id, done.rules, { at, by: actor.name });
    return { ...done, decided: covered, entry: written };
  });
  deps.news.tell({ kind: 'denials-moved', ids: decided });
  const patterns = [...(before?.rules ?? []), ...(taking?.rules ?? [])].map(({ pattern }) => pattern);
  return { group: group.name, entry, effect: await effectOf(deps, group.name, patterns) };
}

function effectOf(deps: ActionDeps, group: string, patterns: readonly string[]): Promise<Effect> {
  const parsed = patterns.map(parsePattern);
  return takeEffect(deps, {
    group,
    covers: (name) => parsed.some((pattern) => patternMatches(pattern, name)),
  });
}

function recorded({ id, version, rules }: Taking) {
  return { taking: id, version, rules: rules.length };
}

function takingOf({ db }: ActionDeps, group: Group, preset: string): Taking {
  const taking = findTaking(db, { groupId: group.id, preset });
  if (taking !== undefined) return taking;
  throw new KnownError('not-found', `group ${group.name} has no preset ${preset}`, {
    hint:
      group.presets.length === 0
        ? `It has none. Take one: sallyport presets add ${preset} --group ${group.name}`
        : `It has ${group.presets.join(', ')}.`,
  });
}

function assertPresetsAreOurs(deps: ActionDeps, group: Group): void {
  assertOurs(deps, group, `the list of presets of group ${group.name}`);
}
