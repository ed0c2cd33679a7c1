import { KnownError } from '../../base/errors.ts';
import { appendAudit } from '../../store/audit.ts';
import type { Group } from '../../store/groups.ts';
import type { MainDb } from '../../store/open.ts';
import {
  endReproduction,
  findReproduction,
  type Reproduction,
  startReproduction,
  updateReproduction,
} from '../../store/reproductions.ts';
import type { Actor } from '../actor.ts';
import type { ActionDeps } from '../deps.ts';
import { findGroup } from '../find-group.ts';

type MarkDeps = Pick<ActionDeps, 'db' | 'clock' | 'news'>;

/** Sets the mark: what is refused from now on belongs to what somebody is about to do. One at a time in a group. */
export function startReproducing({ db, clock, news }: MarkDeps) {
  return (name: string, actor: Actor): void => {
    const group = findGroup(db, name);
    const at = clock.now();
    db.transaction(() => {
      if (!startReproduction(db, { groupId: group.id, at, by: actor.name })) {
        const by = findReproduction(db, group.id);
        throw new KnownError(
          'reproduce-running',
          `${by?.startedBy} reproduces something in ${name} since ${new Date(by?.startedAt ?? at).toISOString()}`,
          {
            hint: `See it: sallyport reproduce show --group ${name}; end it: sallyport reproduce stop --group ${name}`,
          },
        );
      }
      record(db, 'reproduce.start', group, actor, at);
    });
    news.tell({ kind: 'reproduce', group: name });
  };
}

/** Sets the mark anew, to see whether doing it again is refused anything. */
export function verifyReproducing({ db, clock, news }: MarkDeps) {
  return (name: string): void => {
    const { group } = runningIn(db, name);
    updateReproduction(db, group.id, { markAt: clock.now() });
    news.tell({ kind: 'reproduce', group: name });
  };
}

/** Ends it; its temporary rules end by themselves. */
export function stopReproducing({ db, clock, news }: MarkDeps) {
  return (name: string, actor: Actor): void => {
    const { group } = runningIn(db, name);
    db.transaction(() => {
      endReproduction(db, group.id);
      record(db, 'reproduce.stop', group, actor, clock.now());
    });
    news.tell({ kind: 'reproduce', group: name });
  };
}

/** Throws not-found where nothing is being reproduced. */
export function runningIn(
  db: MainDb,
  name: string,
): { readonly group: Group; readonly reproduction: Reproduction } {
  const group = findGroup(db, name);
  const reproduction = findReproduction(db, group.id);
  if (reproduction !== undefined) return { group, reproduction };
  throw new KnownError('not-found', `nothing is being reproduced in ${name}`, {
    hint: `Begin with: sallyport reproduce start --group ${name}`,
  });
}

function record(db: MainDb, action: string, { name }: Group, actor: Actor, at: number): void {
  appendAudit(db, { at, actor: actor.name, action, subject: name, origin: actor.origin });
}
