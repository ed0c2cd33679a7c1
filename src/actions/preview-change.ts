/** What a change of rules would do, before it is made: it is made in a rehearsal, looked at and taken back. */
import { KnownError } from '../base/errors.ts';
import { endRule, type Rule, rulesInForce } from '../store/rules.ts';
import { chosenRules } from './bulk-rules.ts';
import type { Closing } from './configuration/ports.ts';
import type { ActionDeps } from './deps.ts';
import { findGroup } from './find-group.ts';
import { leavePreset, takePreset } from './presets/take.ts';

export interface ChangePreview {
  /** Rules that would be made. */
  readonly added: readonly Rule[];
  /** Rules that would end. */
  readonly ended: readonly Rule[];
  /** Addresses that nothing would have open any more. */
  readonly closes: readonly Closing[];
}

export interface PresetPreviewInput {
  readonly group: string;
  readonly preset: string;
  readonly what: 'add' | 'update' | 'remove';
}

/** Of ending these rules now. */
export function previewEnd(deps: ActionDeps) {
  return (ids: readonly number[]): ChangePreview => {
    const rules = chosenRules(deps, ids);
    const at = deps.clock.now();
    const closes = deps.rehearse(() => {
      for (const { id } of rules) endRule(deps.db, id, { at, by: REHEARSING });
    });
    return { added: [], ended: rules, closes };
  };
}

/** Of taking a preset, bringing it up to date, or leaving it. */
export function previewPreset(deps: ActionDeps) {
  const { db, catalog, clock } = deps;
  return ({ group: name, preset, what }: PresetPreviewInput): ChangePreview => {
    const { id: groupId, presets } = findGroup(db, name);
    if (what !== 'add' && !presets.includes(preset))
      throw new KnownError('not-found', `group ${name} has no preset ${preset}`);
    const at = clock.now();
    const asked = { groupId, preset, at, by: REHEARSING };
    const before = rulesInForce(db, at, groupId);
    let after = before;
    const closes = deps.rehearse(() => {
      if (what === 'remove') leavePreset(db, asked);
      else takePreset(db, catalog, asked);
      after = rulesInForce(db, at, groupId);
    });
    const idsOf = (rules: readonly Rule[]) => new Set(rules.map(({ id }) => id));
    const [had, has] = [idsOf(before), idsOf(after)];
    return {
      added: after.filter(({ id }) => !had.has(id)),
      ended: before.filter(({ id }) => !has.has(id)),
      closes,
    };
  };
}

/** Who writes what is taken back at once: nobody reads it. */
const REHEARSING = 'rehearsal';
