import { auditOf } from '../store/audit.ts';
import { allGroupNames } from '../store/groups.ts';
import type { MainDb } from '../store/open.ts';

/** When a group last went from learning to enforcing, whoever changed it: a person, or the file at this start; undefined: it is not known. */
export function enforcedSince(db: MainDb, groupId: number): number | undefined {
  const last = auditOf(db, allGroupNames(db).get(groupId) ?? '', ['group.mode']).at(-1);
  const went = modeIn(last?.before) === 'learn' && modeIn(last?.after) === 'enforce';
  return went ? last?.at : undefined;
}

function modeIn(json: unknown): unknown {
  return typeof json === 'object' && json !== null && 'mode' in json ? json.mode : undefined;
}
