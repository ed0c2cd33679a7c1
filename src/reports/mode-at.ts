import type { Mode } from '../policy/policy.ts';
import { auditOf } from '../store/audit.ts';
import type { Group } from '../store/groups.ts';
import type { MainDb } from '../store/open.ts';
import type { Json } from '../store/settings.ts';

/** The mode a group had at a moment, as the audit tells. */
export function modeAt(db: MainDb, group: Group, at: number): Mode {
  const entries = auditOf(db, group.name, ['group.mode', 'group.pause', 'group.resume']);
  const pause = entries.findLast((entry) => entry.action !== 'group.mode' && entry.at <= at);
  if (pause !== undefined && numberIn(pause.after, 'pausedUntil') > at) return 'paused';
  // The first change after the moment says what was before it.
  const changed = entries.find((entry) => entry.action === 'group.mode' && entry.at > at);
  const before = changed === undefined ? group.mode : valueIn(changed.before, 'mode');
  return before === 'enforce' ? 'enforce' : 'learn';
}

function numberIn(json: Json | null, key: string): number {
  const value = valueIn(json, key);
  return typeof value === 'number' ? value : 0;
}

function valueIn(json: Json | null, key: string): Json | undefined {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
    ? (json as { readonly [key: string]: Json })[key]
    : undefined;
}
