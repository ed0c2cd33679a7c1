/**
 * Feeds: lists of addresses that somebody else keeps. The last good list stays open, whatever comes or does not come.
 *
 *   start | every | a person ──▶ fetch ──▶ parse ──▶ judge ──taken──▶ entries (SQLite) ──▶ sync
 *                                  └─ failed, refused, held: nothing changes, and the status says so
 *
 * Addresses in the configuration are the whole list where nothing is fetched; else they are open until the first list came.
 */
import type { FeedPort } from '../../actions/ports.ts';
import { KnownError } from '../../base/errors.ts';
import type { FeedConfig } from '../../config/schema/feeds.ts';
import { keepOnlyFeeds } from '../../store/feeds.ts';
import { type FeedDeps, startFeed } from './feed.ts';

export interface FeedsDeps extends FeedDeps {
  readonly feeds: readonly FeedConfig[];
}

export interface Feeds extends FeedPort {
  /** Groups may have come or gone. */
  groupsChanged(): void;
  close(): void;
}

export function startFeeds(deps: FeedsDeps): Feeds {
  const { db, clock } = deps;
  deps.attempt('feeds', () => {
    if (
      keepOnlyFeeds(
        db,
        deps.feeds.map(({ name }) => name),
        clock.now(),
      ) > 0
    )
      deps.onChange();
  });
  const all = new Map(deps.feeds.map((feed) => [feed.name, startFeed(feed, deps)]));
  const byName = (name: string) => {
    const found = all.get(name);
    if (found !== undefined) return found;
    const hint = all.size === 0 ? 'No feed is configured.' : `Configured: ${[...all.keys()].join(', ')}.`;
    throw new KnownError('not-found', `there is no feed named ${name}`, { hint });
  };
  return {
    reports: () => [...all.values()].map((feed) => feed.report()),
    refresh: (name) => byName(name).refresh(),
    accept: (name) => byName(name).accept(),
    groupsChanged() {
      for (const feed of all.values()) feed.groupsChanged();
    },
    close() {
      for (const feed of all.values()) feed.close();
    },
  };
}
