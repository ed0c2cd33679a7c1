/** The temporary rules of what is being reproduced: made for all that is shown, kept for good, or ended. */
import { KnownError } from '../../base/errors.ts';
import { parsePattern, patternMatches } from '../../policy/pattern.ts';
import { appendAudit } from '../../store/audit.ts';
import { endReproduction, updateReproduction } from '../../store/reproductions.ts';
import { addRule, endRule, getRule, type Rule, updateRule } from '../../store/rules.ts';
import type { Actor } from '../actor.ts';
import { isInForce } from '../change-rule.ts';
import { decideCovered } from '../decide-covered.ts';
import type { ActionDeps } from '../deps.ts';
import { parseDuration } from '../duration.ts';
import { type Effect, takeEffect } from '../effect.ts';
import { findGroup } from '../find-group.ts';
import { assertForRules } from '../plex-direct.ts';
import type { QueryPort } from '../query-port.ts';
import { parseRulePattern } from '../rule-pattern.ts';
import { askAgain } from '../wait-again.ts';
import { runningIn } from './mark.ts';
import type { RefusedName, RefusedSince } from './ports.ts';

type RulesDeps = ActionDeps & { readonly queries: Pick<QueryPort, 'refusedSince'> };

export interface AllowRefusedInput {
  readonly group: string;
  /** '15m' */
  readonly for: string;
  /** Of those that are shown; all that may be allowed without a second thought when left out. */
  readonly names?: readonly string[] | undefined;
}

export interface RefusedAllowed {
  readonly rules: readonly Rule[];
  /** What was shown and is not allowed by this, and why not. */
  readonly skipped: readonly { readonly name: string; readonly why: string }[];
  readonly effect: Effect;
}

/** Allows what was refused since the mark for a while, all of it in one entry of the audit. */
export function allowRefused(deps: RulesDeps) {
  const { db, clock, queries, news } = deps;
  return async (input: AllowRefusedInput, actor: Actor): Promise<RefusedAllowed> => {
    const lastsMs = parseDuration(input.for);
    const { markAt } = runningIn(db, input.group).reproduction;
    const found = await queries.refusedSince({
      group: input.group,
      since: markAt,
      until: clock.now() + 1,
    });
    const { chosen, skipped } = choose(found, input.names);
    // Somebody may have ended it while the log was read.
    const { group, reproduction } = runningIn(db, input.group);

    const { rules, decided } = db.transaction(() => {
      const at = clock.now();
      const expiresAt = at + lastsMs;
      const made = chosen.map((name) => {
        const pattern = parseRulePattern(name);
        assertForRules(pattern, group.name);
        const added = addRule(db, {
          groupId: group.id,
          action: 'allow',
          pattern: name,
          origin: 'person',
          createdAt: at,
          createdBy: actor.name,
          note: NOTE,
          expiresAt,
        });
        return { ...added, covered: decideCovered(db, added.rule, pattern, { at, by: actor.name }) };
      });
      const fresh = made.filter(({ outcome }) => outcome === 'new').map(({ rule }) => rule.id);
      updateReproduction(db, group.id, { rules: [...reproduction.rules, ...fresh] });
      if (made.length > 0) {
        appendAudit(db, {
          at,
          actor: actor.name,
          action: 'reproduce.allow',
          subject: group.name,
          after: { rules: fresh, names: chosen, expiresAt },
          origin: actor.origin,
        });
      }
      return {
        rules: made.map(({ rule }) => rule),
        decided: made.flatMap(({ covered }) => covered),
      };
    });
    news.tell({ kind: 'denials-moved', ids: decided });
    news.tell({ kind: 'reproduce', group: group.name });
    return { rules, skipped, effect: await effectOf(deps, group.name, rules) };
  };
}

export interface ReproductionDecided {
  readonly rules: readonly Rule[];
  readonly effect: Effect;
}

/** Makes the temporary rules permanent, as far as they have not ended, and ends the reproduction. */
export function keepReproduced(deps: ActionDeps) {
  return (name: string, actor: Actor): Promise<ReproductionDecided> =>
    decide(deps, name, actor, 'reproduce.keep', (id) => updateRule(deps.db, id, { expiresAt: undefined }));
}

/** Ends the temporary rules now, and the reproduction with them. */
export function dropReproduced(deps: ActionDeps) {
  const { db, clock } = deps;
  return (name: string, actor: Actor): Promise<ReproductionDecided> =>
    decide(deps, name, actor, 'reproduce.drop', (id) => {
      endRule(db, id, { at: clock.now(), by: actor.name });
      return getRule(db, id);
    });
}

async function decide(
  deps: ActionDeps,
  name: string,
  actor: Actor,
  action: 'reproduce.keep' | 'reproduce.drop',
  change: (id: number) => Rule,
): Promise<ReproductionDecided> {
  const { db, clock, news } = deps;
  const { group, reproduction } = runningIn(db, name);
  const { rules, waiting } = db.transaction(() => {
    const at = clock.now();
    // One without an end somebody has allowed for good meanwhile: it is theirs.
    const alive = reproduction.rules
      .map((id) => getRule(db, id))
      .filter((rule) => isInForce(rule, at) && rule.expiresAt !== undefined);
    const changed = alive.map(({ id }) => change(id));
    endReproduction(db, group.id);
    appendAudit(db, {
      at,
      actor: actor.name,
      action,
      subject: group.name,
      before: { rules: alive.map(({ id, expiresAt }) => ({ id, expiresAt: expiresAt ?? null })) },
      origin: actor.origin,
    });
    return { rules: changed, waiting: action === 'reproduce.drop' ? askAgain(db, changed, at) : [] };
  });
  news.tell({ kind: 'denials-moved', ids: waiting });
  news.tell({ kind: 'reproduce', group: group.name });
  return { rules, effect: await effectOf(deps, group.name, rules) };
}

export interface EndTheseInput {
  readonly group: string;
  /** Each with the end it shall have from now on; one in the past ends it now. */
  readonly rules: readonly { readonly id: number; readonly expiresAt: number }[];
}

/** What takes back that names were allowed, or kept: rules that are still in force get their former end. */
export function endReproduced(deps: ActionDeps) {
  const { db, clock } = deps;
  return async (input: EndTheseInput, actor: Actor): Promise<ReproductionDecided> => {
    const group = findGroup(db, input.group);
    const { rules, waiting } = db.transaction(() => {
      const at = clock.now();
      const alive = input.rules.filter(({ id }) => isInForce(getRule(db, id), at));
      for (const { id, expiresAt } of alive) {
        if (expiresAt <= at) endRule(db, id, { at, by: actor.name });
        else updateRule(db, id, { expiresAt });
      }
      appendAudit(db, {
        at,
        actor: actor.name,
        action: 'reproduce.drop',
        subject: group.name,
        before: { rules: alive },
        origin: actor.origin,
        reverts: actor.reverts,
      });
      const changed = alive.map(({ id }) => getRule(db, id));
      return {
        rules: changed,
        waiting: askAgain(
          db,
          changed.filter((rule) => !isInForce(rule, at)),
          at,
        ),
      };
    });
    deps.news.tell({ kind: 'denials-moved', ids: waiting });
    return { rules, effect: await effectOf(deps, group.name, rules) };
  };
}

/**
 *   chosen by name   whatever it is, as long as it is shown
 *   not chosen       refused on purpose, risky, or for its type alone: skipped, and said why
 */
function choose(
  { refused, background, onPurpose }: RefusedSince,
  names: readonly string[] | undefined,
): { readonly chosen: readonly string[]; readonly skipped: RefusedAllowed['skipped'] } {
  if (names !== undefined) {
    const shown = [...refused, ...background, ...onPurpose];
    const missing = names.find((name) => !shown.some((one) => one.name === name));
    if (missing !== undefined) {
      throw new KnownError('invalid-input', `${missing} was not refused since the mark`, {
        hint: `To allow it all the same: sallyport allow ${missing}`,
      });
    }
    return { chosen: [...new Set(names)], skipped: [] };
  }
  const judged = [...refused, ...onPurpose].map((one) => ({ name: one.name, why: whyNot(one) }));
  return {
    chosen: judged.flatMap(({ name, why }) => (why === undefined ? [name] : [])),
    skipped: judged.flatMap(({ name, why }) => (why === undefined ? [] : [{ name, why }])),
  };
}

function whyNot({ reasons, types, risks, onPurpose }: RefusedName): string | undefined {
  if (onPurpose === 'rule') return 'a rule refuses it on purpose';
  if (onPurpose === 'catalog') return 'the catalog refuses it on purpose';
  if (reasons.some((reason) => reason.startsWith('plex-direct')))
    return 'names below plex.direct are answered as plexDirect of the group says';
  if (risks[0] !== undefined) return risks[0].sentence;
  if (!types.some((type) => type === 'A' || type === 'AAAA'))
    return `it was refused for ${types.join(', ')} only, which carries more than addresses`;
  return undefined;
}

function effectOf(deps: ActionDeps, group: string, rules: readonly Rule[]): Promise<Effect> {
  const patterns = rules.map(({ pattern }) => parsePattern(pattern));
  return takeEffect(deps, {
    group,
    covers: (name) => patterns.some((pattern) => patternMatches(pattern, name)),
  });
}

/** Who reads the rules later knows where it came from. */
const NOTE = 'refused while something was reproduced';
