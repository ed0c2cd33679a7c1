import { KnownError } from '../base/errors.ts';
import { findGroupByName, type Group, listGroups } from '../store/groups.ts';
import type { MainDb } from '../store/open.ts';

/** The group of this name; a miss names the groups there are. */
export function findGroup(db: MainDb, name: string): Group {
  const group = findGroupByName(db, name);
  if (group !== undefined) return group;
  const names = listGroups(db).map((known) => known.name);
  throw new KnownError('not-found', `there is no group ${name}`, {
    hint: names.length === 0 ? 'There are no groups yet.' : `Groups: ${names.join(', ')}.`,
  });
}
