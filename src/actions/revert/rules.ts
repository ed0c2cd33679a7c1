/** Rules and refused names. */
import { findDenial } from '../../store/denials.ts';
import { getGroup } from '../../store/groups.ts';
import { getRule, type Rule } from '../../store/rules.ts';
import { isInForce } from '../change-rule.ts';
import { leftOfImport } from '../import-rules.ts';
import {
  cannot,
  endIn,
  type FindWay,
  MANAGED,
  numberIn,
  TOO_LITTLE,
  textIn,
  type Way,
  type WayDeps,
} from './way.ts';

/** A rule that was made is ended; one that was there and got a later end gets its former one. */
export const takeBackRule: FindWay = (deps, { at, before, after }) => {
  const rule = ruleIn(deps, numberIn(after, 'rule'));
  if (rule === undefined) return cannot(TOO_LITTLE);
  const obstacle = obstacleTo(deps, rule);
  if (obstacle !== undefined) return cannot(obstacle);
  const former = endIn(before, 'expiresAt');
  if (former !== undefined) return endAgainAt(deps, rule, former);
  return rule.createdAt === at ? end(rule) : cannot('it changed nothing: the rule was there');
};

/** As it was, as far as its time is not over. */
export const takeBackRuleChange: FindWay = (deps, { before }) => {
  const rule = ruleIn(deps, numberIn(before, 'rule'));
  const former = endIn(before, 'expiresAt');
  if (rule === undefined || former === undefined) return cannot(TOO_LITTLE);
  const obstacle = obstacleTo(deps, rule);
  if (obstacle !== undefined) return cannot(obstacle);
  const warm = (['auto', 'always', 'never'] as const).find((one) => one === textIn(before, 'warm'));
  return endAgainAt(deps, rule, former, { note: textIn(before, 'note'), warm });
};

/** Made again, for the time it would have had. */
export const makeRuleAgain: FindWay = (deps, { before }) => {
  const rule = ruleIn(deps, numberIn(before, 'rule'));
  if (rule === undefined) return cannot(TOO_LITTLE);
  const { action, pattern, types, note, warm, expiresAt } = rule;
  if ((expiresAt ?? Number.POSITIVE_INFINITY) <= deps.clock.now()) {
    return cannot('the rule would have ended by itself by now');
  }
  return {
    run: (acts, actor) =>
      acts[action === 'allow' ? 'allowName' : 'denyName'](
        {
          group: getGroup(deps.db, rule.groupId).name,
          pattern,
          types,
          note,
          warm,
          private: rule.private,
          until: expiresAt,
        },
        actor,
      ),
  };
};

/** All that is left of it is ended. */
export const takeBackImport: FindWay = ({ db }, entry) =>
  leftOfImport(db, entry).length === 0
    ? cannot('none of its rules is in force any more')
    : { run: (acts, actor) => acts.undoImport(entry.id, actor) };

export const bringBack: FindWay = (deps, entry) => moveDenial(deps, numberIn(entry.after, 'denial'), 'muted');
export const muteAgain: FindWay = (deps, entry) =>
  moveDenial(deps, numberIn(entry.after, 'denial'), 'waiting');

function moveDenial({ db }: WayDeps, id: number | undefined, from: 'muted' | 'waiting'): Way {
  if (id === undefined) return cannot(TOO_LITTLE);
  const state = findDenial(db, { id })?.state;
  if (state !== from) return cannot(`the refused name is ${state ?? 'forgotten'} by now`);
  return {
    async run(acts, actor) {
      if (from === 'muted') acts.unmuteDenial(id, actor);
      else acts.muteDenial(id, actor);
      return {};
    },
  };
}

function ruleIn({ db }: WayDeps, id: number | undefined): Rule | undefined {
  return id === undefined ? undefined : getRule(db, id);
}

function obstacleTo({ clock, managedByFile }: WayDeps, rule: Rule): string | undefined {
  if (managedByFile && rule.origin === 'file') return MANAGED;
  return isInForce(rule, clock.now()) ? undefined : 'the rule has ended since';
}

function end({ id }: Rule): Way {
  return { run: (acts, actor) => acts.endRule(id, actor) };
}

function endAgainAt(
  { clock }: WayDeps,
  rule: Rule,
  former: number | null,
  more: { readonly note?: string | undefined; readonly warm?: Rule['warm'] | undefined } = {},
): Way {
  if (former !== null && former <= clock.now()) return end(rule);
  const until = former === null ? { for: 'always' } : { until: former };
  return { run: (acts, actor) => acts.changeRule({ id: rule.id, ...until, ...more }, actor) };
}
