import { appendAudit } from '../store/audit.ts';
import type { Actor } from './actor.ts';
import type { ActionDeps } from './deps.ts';
import type { FeedReport } from './ports.ts';

type Deps = Pick<ActionDeps, 'db' | 'clock' | 'feeds' | 'sync'>;

/** Fetches the list now. */
export function refreshFeed({ feeds }: Pick<ActionDeps, 'feeds'>) {
  return (name: string): Promise<FeedReport> => feeds.refresh(name);
}

/** A person's OK for a list that is much shorter than the one before. */
export function acceptFeed({ db, clock, feeds, sync }: Deps) {
  return async (name: string, actor: Actor): Promise<FeedReport> => {
    const before = feeds.reports().find((feed) => feed.name === name);
    const report = db.transaction(() => {
      const accepted = feeds.accept(name);
      appendAudit(db, {
        at: clock.now(),
        actor: actor.name,
        action: 'feed.accept',
        subject: name,
        before: { entries: before?.entries ?? 0 },
        after: { entries: accepted.entries },
        origin: actor.origin,
      });
      return accepted;
    });
    sync.nudge();
    return report;
  };
}
