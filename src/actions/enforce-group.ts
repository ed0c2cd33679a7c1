import { findPreset } from '../catalog/load.ts';
import { formatPattern } from '../policy/pattern.ts';
import { appendAudit } from '../store/audit.ts';
import { type Group, updateGroup } from '../store/groups.ts';
import { addRule, endRule, getRule, type Rule } from '../store/rules.ts';
import type { Actor } from './actor.ts';
import { assertMayEnforce } from './change-group.ts';
import type { GroupChange } from './create-group.ts';
import { decideCovered } from './decide-covered.ts';
import type { ActionDeps } from './deps.ts';
import { parseDuration } from './duration.ts';
import { takeEffect } from './effect.ts';
import { findGroup } from './find-group.ts';
import { assertOurs } from './managed-by-file.ts';
import { assertForRules } from './plex-direct.ts';
import { followPresets } from './presets/take.ts';
import type { QueryPort } from './query-port.ts';
import type { Replay } from './reports/replay.ts';
import { parseRulePattern } from './rule-pattern.ts';

export interface EnforceInput {
  readonly group: string;
  readonly rules: readonly LearntRule[];
  /** Presets the group shall have besides those it has. */
  readonly presets: readonly string[];
  /** Go ahead although no firewall was seen to enforce addresses. */
  readonly override?: boolean | undefined;
  readonly note?: string | undefined;
}

export interface LearntRule {
  readonly pattern: string;
  /** A and AAAA when left out. */
  readonly types?: readonly string[] | undefined;
  readonly note?: string | undefined;
}

export interface Enforced extends GroupChange {
  /** In force now: new ones, and those that said the same before. */
  readonly rules: readonly Rule[];
}

/** Ends learning: takes what was learnt as rules and enforces, all of it or nothing, in one entry of the audit. */
export function enforceGroup(deps: ActionDeps) {
  const { db, clock } = deps;
  return async (input: EnforceInput, actor: Actor): Promise<Enforced> => {
    const before = findGroup(db, input.group);
    assertOurs(deps, before, `group ${before.name}`);
    assertMayEnforce(deps, before, input.override ?? false);
    const more = newPresets(deps, before, input.presets);
    const wanted = input.rules.map((rule) => ({ ...rule, parsed: parseRulePattern(rule.pattern) }));
    for (const { parsed } of wanted) assertForRules(parsed, before.name);

    const { group, added, decided, entry } = db.transaction(() => {
      const at = clock.now();
      const made = wanted.map(({ parsed, types, note }) => {
        const one = addRule(db, {
          groupId: before.id,
          action: 'allow',
          pattern: formatPattern(parsed),
          origin: 'learn',
          createdAt: at,
          createdBy: actor.name,
          note: note ?? '',
          ...(types === undefined ? {} : { types: types.map((type) => type.toUpperCase()) }),
        });
        return { ...one, covered: decideCovered(db, one.rule, parsed, { at, by: actor.name }) };
      });
      const after = updateGroup(db, before.id, {
        mode: 'enforce',
        enforceOverride: input.override ?? false,
        ...(more.length === 0 ? {} : { presets: [...before.presets, ...more] }),
      });
      followPresets(db, deps.catalog, { group: after, at, by: actor.name });
      const written = appendAudit(db, {
        at,
        actor: actor.name,
        action: 'group.mode',
        subject: before.name,
        before: recorded(before),
        after: {
          ...recorded(after),
          rules: made.filter(({ outcome }) => outcome === 'new').map(({ rule }) => rule.id),
        },
        note: input.note ?? '',
        origin: actor.origin,
        reverts: actor.reverts,
      });
      return {
        group: after,
        added: made.map(({ rule }) => rule),
        decided: made.flatMap(({ covered }) => covered),
        entry: written,
      };
    });
    deps.news.tell({ kind: 'denials-moved', ids: decided });
    return { group, rules: added, entry, effect: await takeEffect(deps, { group: group.name }) };
  };
}

/** What enforcing so would have refused of what was asked. Changes nothing. */
export function previewEnforce({
  db,
  clock,
  queries,
}: Pick<ActionDeps, 'db' | 'clock'> & { readonly queries: Pick<QueryPort, 'replay'> }) {
  return ({
    group,
    rules,
    presets,
    since,
  }: Pick<EnforceInput, 'group' | 'rules' | 'presets'> & { readonly since: string }): Promise<Replay> => {
    const { name } = findGroup(db, group);
    const until = clock.now() + 1;
    return queries.replay({
      group: name,
      add: rules.map(({ pattern, types = ['A', 'AAAA'] }) => ({
        action: 'allow',
        pattern: formatPattern(parseRulePattern(pattern)),
        types,
      })),
      without: [],
      presets,
      only: false,
      since: until - parseDuration(since),
      until,
    });
  };
}

export interface LearnAgainInput {
  readonly group: string;
  /** For what enforcing is taken back to; learn when left out. */
  readonly mode?: Group['mode'];
  readonly override?: boolean;
  /** Rules that end; none when left out: what was learnt stays for the next time. */
  readonly endRules?: readonly number[];
  /** What the group shall have; as it has when left out. */
  readonly presets?: readonly string[];
}

/** Back to learning: everything is answered again unless a rule denies it. */
export function learnGroup(deps: ActionDeps) {
  const { db, clock } = deps;
  return async (input: LearnAgainInput, actor: Actor): Promise<GroupChange> => {
    const before = findGroup(db, input.group);
    assertOurs(deps, before, `group ${before.name}`);
    const { mode = 'learn', override = false, endRules = [], presets } = input;
    const { group, entry } = db.transaction(() => {
      const at = clock.now();
      const ended = endRules.filter((id) => getRule(db, id).groupId === before.id);
      for (const id of ended) endRule(db, id, { at, by: actor.name });
      const after = updateGroup(db, before.id, {
        mode,
        enforceOverride: mode === 'enforce' && override,
        ...(presets === undefined ? {} : { presets }),
      });
      followPresets(db, deps.catalog, { group: after, at, by: actor.name });
      const written = appendAudit(db, {
        at,
        actor: actor.name,
        action: 'group.mode',
        subject: before.name,
        before: recorded(before),
        after: { ...recorded(after), ...(ended.length === 0 ? {} : { ended }) },
        origin: actor.origin,
        reverts: actor.reverts,
      });
      return { group: after, entry: written };
    });
    return { group, entry, effect: await takeEffect(deps, { group: group.name }) };
  };
}

function newPresets(
  { catalog }: Pick<ActionDeps, 'catalog'>,
  group: Group,
  wanted: readonly string[],
): readonly string[] {
  for (const id of wanted) findPreset(catalog, id);
  return [...new Set(wanted)].filter((id) => !group.presets.includes(id));
}

function recorded({ mode, enforceOverride, refuse, ipv6, presets }: Group) {
  return { mode, override: enforceOverride, refuse, ipv6, presets };
}
