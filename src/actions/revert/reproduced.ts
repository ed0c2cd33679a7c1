/** Names that were allowed for a while, or kept, because something failed without them. */
import { findGroupByName } from '../../store/groups.ts';
import { getRule } from '../../store/rules.ts';
import type { Json } from '../../store/settings.ts';
import { isInForce } from '../change-rule.ts';
import { cannot, endIn, type FindWay, numberIn, valueIn } from './way.ts';

/** Rules that were made end; those that were kept get the end they had. */
export const takeBackReproduced: FindWay = ({ db, clock }, { action, subject, before, after }) => {
  const now = clock.now();
  const group = findGroupByName(db, subject);
  if (group === undefined) return cannot('the group is gone');
  const rules =
    action === 'reproduce.keep'
      ? listIn(before, 'rules').flatMap((one) => {
          const id = numberIn(one, 'id');
          return id === undefined ? [] : [{ id, expiresAt: endIn(one, 'expiresAt') ?? now }];
        })
      : listIn(after, 'rules').flatMap((id) => (typeof id === 'number' ? [{ id, expiresAt: now }] : []));
  const alive = rules.filter(({ id }) => isInForce(getRule(db, id), now));
  if (alive.length === 0) return cannot('none of its rules is in force any more');
  return { run: (acts, actor) => acts.endReproduced({ group: group.name, rules: alive }, actor) };
};

function listIn(record: Json | null, key: string): readonly Json[] {
  const list = valueIn(record, key);
  return Array.isArray(list) ? list : [];
}
