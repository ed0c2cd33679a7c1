import { KnownError } from '../base/errors.ts';
import { appendAudit } from '../store/audit.ts';
import { updateGroup } from '../store/groups.ts';
import type { Actor } from './actor.ts';
import type { GroupChange } from './create-group.ts';
import type { ActionDeps } from './deps.ts';
import { parseDuration } from './duration.ts';
import { takeEffect } from './effect.ts';
import { findGroup } from './find-group.ts';

export interface PauseInput {
  readonly group: string;
  /** '15m'; a pause always ends by itself. */
  readonly for: string;
  readonly note: string;
}

/** Milliseconds; whoever needs longer wants another mode, not a pause. */
const MAX_PAUSE_MS = 24 * 3_600_000;

/** Answers everything for a while; what that opened is withdrawn at the end. Also for groups of sallyport.yaml. */
export function pauseGroup(deps: ActionDeps) {
  return async (input: PauseInput, actor: Actor): Promise<GroupChange> => {
    const forMs = parseDuration(input.for);
    if (forMs > MAX_PAUSE_MS) {
      throw new KnownError('invalid-input', `a pause of ${input.for} is too long`, {
        hint: 'At most 24h; to stop refusing for longer, set mode learn.',
      });
    }
    const pausedUntil = deps.clock.now() + forMs;
    return setPause(deps, input.group, pausedUntil, actor, input.note);
  };
}

/** Ends a pause now. */
export function resumeGroup(deps: ActionDeps) {
  return (group: string, actor: Actor): Promise<GroupChange> => setPause(deps, group, undefined, actor, '');
}

async function setPause(
  deps: ActionDeps,
  name: string,
  pausedUntil: number | undefined,
  actor: Actor,
  note: string,
): Promise<GroupChange> {
  const { db, clock } = deps;
  const before = findGroup(db, name);
  const { group, entry } = db.transaction(() => {
    const after = updateGroup(db, before.id, { pausedUntil });
    const written = appendAudit(db, {
      at: clock.now(),
      actor: actor.name,
      action: pausedUntil === undefined ? 'group.resume' : 'group.pause',
      subject: name,
      before: { pausedUntil: before.pausedUntil ?? null },
      after: { pausedUntil: pausedUntil ?? null },
      note,
      origin: actor.origin,
      reverts: actor.reverts,
    });
    return { group: after, entry: written };
  });
  return { group, entry, effect: await takeEffect(deps, { group: name }) };
}
