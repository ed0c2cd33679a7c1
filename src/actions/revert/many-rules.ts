/** What was done to many rules at once is taken back at once. */
import type { AuditEntry } from '../../store/audit.ts';
import { getRule } from '../../store/rules.ts';
import type { Json } from '../../store/settings.ts';
import { isInForce } from '../change-rule.ts';
import { cannot, endIn, type FindWay, MANAGED, numberIn, TOO_LITTLE, valueIn, type WayDeps } from './way.ts';

export const makeManyAgain: FindWay = ({ db, clock }, { before }) => {
  const ids = numbersIn(valueIn(before, 'rules'));
  if (ids.length === 0) return cannot(TOO_LITTLE);
  const isOver = ids.every((id) => (getRule(db, id).expiresAt ?? Number.POSITIVE_INFINITY) <= clock.now());
  if (isOver) return cannot('the rules would have ended by themselves by now');
  return { run: (acts, actor) => acts.makeRulesAgain(ids, actor) };
};

export const endManyAgain: FindWay = (deps, { after }) => {
  const ids = numbersIn(valueIn(after, 'rules'));
  if (ids.length === 0) return cannot('it changed nothing: the rules were there');
  const obstacle = obstacleTo(deps, ids);
  if (obstacle !== undefined) return cannot(obstacle);
  return { run: (acts, actor) => acts.endRules(ids, actor) };
};

export const formerEnds: FindWay = (deps, entry) => {
  const ends = endsIn(entry);
  if (ends === undefined) return cannot(TOO_LITTLE);
  const obstacle = obstacleTo(
    deps,
    ends.map(({ rule }) => rule),
  );
  if (obstacle !== undefined) return cannot(obstacle);
  const now = deps.clock.now();
  if (ends.some(({ expiresAt }) => expiresAt !== null && expiresAt <= now))
    return cannot('the former end of one of them has passed: end it instead');
  return { run: (acts, actor) => acts.setRuleEnds(ends, actor) };
};

function obstacleTo({ db, clock, managedByFile }: WayDeps, ids: readonly number[]): string | undefined {
  const rules = ids.map((id) => getRule(db, id));
  if (managedByFile && rules.some(({ origin }) => origin === 'file')) return MANAGED;
  return rules.every((rule) => isInForce(rule, clock.now())) ? undefined : 'one of the rules has ended since';
}

function endsIn({ before }: AuditEntry) {
  const list = valueIn(before, 'ends');
  if (!Array.isArray(list)) return undefined;
  const ends = (list as readonly Json[]).flatMap((one) => {
    const [rule, expiresAt] = [numberIn(one, 'rule'), endIn(one, 'expiresAt')];
    return rule === undefined || expiresAt === undefined ? [] : [{ rule, expiresAt }];
  });
  return ends.length === list.length ? ends : undefined;
}

function numbersIn(json: Json | undefined): readonly number[] {
  return Array.isArray(json) ? (json as readonly Json[]).filter((one) => typeof one === 'number') : [];
}
