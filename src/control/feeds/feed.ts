/** One feed: when it is fetched, what of it is open, and what is known of it. */
import type { FeedReport } from '../../actions/ports.ts';
import type { Clock } from '../../base/clock.ts';
import { describeError, KnownError, TransientDriverError } from '../../base/errors.ts';
import type { IpAddress } from '../../base/ip-address.ts';
import type { Log } from '../../base/log.ts';
import type { FeedConfig } from '../../config/schema/feeds.ts';
import {
  type FeedState,
  findFeed,
  liveFeedEntries,
  replaceFeedEntries,
  saveFeed,
} from '../../store/feeds.ts';
import type { MainDb } from '../../store/open.ts';
import type { FetchList } from './fetch-list.ts';
import { judgeList } from './judge-list.ts';
import { parseList } from './parse-list.ts';

export interface FeedDeps {
  readonly db: MainDb;
  readonly clock: Clock;
  readonly log: Log;
  readonly fetchList: FetchList;
  readonly isNeverOpened: (address: IpAddress) => boolean;
  readonly groupIdOf: (name: string) => number | undefined;
  /** Runs a write; false when the disk is full. */
  readonly attempt: (what: string, write: () => void) => boolean;
  /** What the feeds have open has changed. */
  readonly onChange: () => void;
  /** 0 to 1; many Sallyports with one list must not ask for it in the same second. */
  readonly random: () => number;
}

export function startFeed(feed: FeedConfig, deps: FeedDeps) {
  const { db, clock } = deps;
  const log = deps.log.child({ feed: feed.name });
  const stop = new AbortController();
  const isFetched = feed.url !== undefined || feed.file !== undefined;
  const source = isFetched
    ? JSON.stringify([feed.url ?? feed.file, feed.format, feed.path ?? ''])
    : JSON.stringify(feed.addresses);
  const known = findFeed(db, feed.name);
  const isNewSource = known?.source !== source;
  // What another source brought stays until this one has: as long as anything was fetched, that is what is open.
  let state: FeedState = isNewSource
    ? { ...NEW, name: feed.name, source, fetchedAt: isFetched ? known?.fetchedAt : undefined }
    : known;
  /** The groups for which the last list was written. */
  let served = '';
  let failures = 0;
  let nextAt = 0;
  let running: Promise<void> | undefined;
  let cancel = () => {};
  let cancelEnd = () => {};

  const current = (): readonly IpAddress[] => [
    ...new Set(
      liveFeedEntries(db)
        .filter((entry) => entry.feed === feed.name)
        .map(({ address }) => address),
    ),
  ];
  const groupIds = () => feed.groups.map(deps.groupIdOf).filter((id) => id !== undefined);
  const hasEnded = () => feed.until !== undefined && feed.until <= clock.now();
  const written = feed.addresses.filter((address) => !deps.isNeverOpened(address));
  /** True while what is open is what the configuration has, because no list came yet. */
  const standsIn = () => isFetched && state.fetchedAt === undefined;

  /** Entries and state in one transaction: a list never counts as fetched and is not there. */
  const write = (next: FeedState, addresses: readonly IpAddress[]): void => {
    let changes = 0;
    const groups = groupIds();
    const isWritten = deps.attempt(`feed ${feed.name}`, () =>
      db.transaction(() => {
        const made = replaceFeedEntries(db, {
          feed: feed.name,
          groupIds: groups,
          addresses,
          at: clock.now(),
          note: feed.note,
          until: feed.until,
        });
        saveFeed(db, next);
        changes = made.added + made.ended + made.changed;
      }),
    );
    if (!isWritten) return;
    served = groups.join();
    state = next;
    if (changes > 0) deps.onChange();
  };

  /** What is open by what is known: as the configuration and the groups are by now, also where no list comes. */
  const settle = () => {
    const fresh = { ...NEW, name: feed.name, source };
    if (hasEnded()) write(fresh, []);
    else if (!isFetched) write({ ...fresh, dropped: feed.addresses.length - written.length }, written);
    else write(state, standsIn() ? written : current());
  };

  const take = async (): Promise<void> => {
    const now = clock.now();
    const limit = AbortSignal.any([stop.signal, AbortSignal.timeout(FETCH_LIMIT_MS)]);
    // With nothing open, "nothing new" would leave it at that.
    const remembered = current().length === 0 ? NEW : state;
    const fetched = await deps.fetchList(feed, remembered, limit);
    if (hasEnded()) return;
    const checked = { ...state, checkedAt: now };
    if (fetched.kind === 'same') {
      const waits = state.held !== undefined;
      // The groups of the feed may have changed since.
      write({ ...checked, ...(waits ? {} : { fetchedAt: now, problem: undefined }) }, current());
      return;
    }
    const before = current();
    const verdict = judgeList({
      list: parseList(fetched.text, feed),
      // The first list that comes may be another one altogether.
      before: standsIn() ? [] : before,
      max: feed.max,
      isNeverOpened: deps.isNeverOpened,
    });
    if (verdict.kind === 'refused') throw new KnownError('feed-refused', verdict.why);
    const { etag, lastModified } = fetched;
    const { addresses, dropped } = verdict;
    if (verdict.kind === 'held') {
      const problem = `The new list waits for your OK: ${verdict.why}`;
      log.warn({ why: verdict.why }, `a new list is held: sallyport feeds accept ${feed.name}`);
      write({ ...checked, etag, lastModified, dropped, problem, held: addresses }, current());
      return;
    }
    write(
      { ...checked, fetchedAt: now, etag, lastModified, dropped, problem: undefined, held: undefined },
      addresses,
    );
  };

  const run = async (): Promise<void> => {
    cancel();
    if (!isFetched || hasEnded()) return;
    try {
      await take();
      failures = 0;
    } catch (error) {
      if (stop.signal.aborted) return;
      if (!(error instanceof KnownError) && !(error instanceof TransientDriverError)) throw error;
      failures++;
      const problem = describeError(error);
      if (problem !== state.problem)
        log.warn({ why: problem }, 'the feed could not be read; its last good list stays open');
      const next = { ...state, checkedAt: clock.now(), problem };
      deps.attempt(`feed ${feed.name}`, () => saveFeed(db, next));
      state = next;
    } finally {
      if (!stop.signal.aborted && !hasEnded())
        runIn(jittered(failures === 0 ? feed.every : backOff(failures, feed.every)));
    }
  };
  const jittered = (ms: number) => Math.round(ms * (1 - JITTER + 2 * JITTER * deps.random()));
  const runIn = (ms: number) => {
    cancel();
    nextAt = clock.now() + ms;
    cancel = clock.after(ms, () => {
      runNow().catch((error: unknown) => log.error({ err: error }, 'the feed could not be read'));
    });
  };
  const runNow = (): Promise<void> => {
    running ??= run().finally(() => {
      running = undefined;
    });
    return running;
  };

  const listOf = (open: readonly IpAddress[]): FeedReport['list'] => {
    if (open.length === 0) return 'none';
    if (isFetched && !standsIn()) return 'fetched';
    return feed.knownIn === undefined ? 'written' : 'built-in';
  };
  const report = (): FeedReport => {
    const open = current();
    const list = listOf(open);
    return {
      name: feed.name,
      groups: feed.groups,
      source: shownSource(feed),
      note: feed.note,
      ports: feed.ports,
      breaks: feed.breaks,
      until: feed.until,
      entries: open.length,
      list,
      knownIn: list === 'built-in' ? feed.knownIn : undefined,
      dropped: state.dropped,
      checkedAt: isFetched ? state.checkedAt : undefined,
      fetchedAt: isFetched ? state.fetchedAt : undefined,
      nextAt: isFetched && !hasEnded() ? nextAt : undefined,
      problem: state.problem,
      held: state.held,
    };
  };

  /** Timers may be early by far: whoever is woken looks again. */
  const awaitEnd = () => {
    if (feed.until === undefined || hasEnded()) return;
    cancelEnd = clock.after(feed.until - clock.now(), () => {
      if (!hasEnded()) return awaitEnd();
      cancel();
      settle();
    });
  };

  settle();
  awaitEnd();
  if (isFetched && !hasEnded()) {
    const last = isNewSource ? undefined : state.fetchedAt;
    const due = (last ?? Number.NEGATIVE_INFINITY) + feed.every - clock.now();
    runIn(due > 0 ? Math.min(due, feed.every) : Math.round(START_SPREAD_MS * deps.random()));
  }

  return {
    report,
    /** One that was made opens what the others have open; for the first of them the list is fetched. */
    groupsChanged() {
      if (served === groupIds().join()) return;
      settle();
      if (isFetched && !hasEnded() && current().length === 0) runIn(0);
    },
    async refresh() {
      await runNow();
      return report();
    },
    accept() {
      const { held } = state;
      if (held === undefined)
        throw new KnownError('feed-not-held', `no list of feed ${feed.name} waits for an OK`, {
          hint: '`sallyport feeds` shows what waits.',
        });
      write({ ...state, fetchedAt: clock.now(), problem: undefined, held: undefined }, held);
      return report();
    },
    close() {
      stop.abort();
      cancel();
      cancelEnd();
    },
  };
}

function backOff(failures: number, every: number): number {
  return Math.min(every, FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 20));
}

/** Without what may be secret: credentials and the query string. */
function shownSource({ url, file, knownIn }: FeedConfig): string {
  if (url === undefined) return file ?? (knownIn === undefined ? 'configuration' : `built in, of ${knownIn}`);
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

const NEW = {
  checkedAt: undefined,
  fetchedAt: undefined,
  etag: undefined,
  lastModified: undefined,
  dropped: 0,
  problem: undefined,
  held: undefined,
} as const;

/** Milliseconds a fetch may take before it counts as failed; above the limit of one HTTP answer. */
const FETCH_LIMIT_MS = 40_000;
/** Milliseconds after the first failure; twice as long after each further one, up to the feed's own interval. */
const FIRST_RETRY_MS = 60_000;
/** Milliseconds over which the first fetches after a start are spread. */
const START_SPREAD_MS = 10_000;
/** Share by which each wait is longer or shorter. */
const JITTER = 0.1;
