/** What is open without an answer: addresses that people open by hand, and a list that somebody else keeps. */
import { TransientDriverError } from '../../src/base/errors.ts';
import { parsePrefix } from '../../src/base/ip-address.ts';
import type { FeedConfig } from '../../src/config/schema/feeds.ts';
import type { FetchList } from '../../src/control/feeds/fetch-list.ts';
import { findGroupByName } from '../../src/store/groups.ts';
import type { MainDb } from '../../src/store/open.ts';
import { addPin, endPin } from '../../src/store/pins.ts';
import type { Chance } from './chance.ts';
import type { House } from './house.ts';
import type { Life } from './life.ts';
import type { Timeline } from './timeline.ts';
import { HOUR, MINUTE, SECOND, type WorldDesign } from './world.ts';

/** ok: the list as it is. fails: no answer. empty: nothing in it. long: more entries than the feed may have. */
export type FeedMood = 'ok' | 'fails' | 'empty' | 'long';

export interface Openings {
  feedMood: FeedMood;
  readonly feeds: readonly FeedConfig[];
  /** As one run of the control plane fetches it. */
  fetchList(life: Life): FetchList;
  /** A pin or the list explains why the address is open for one of these groups. */
  explains(groups: readonly string[], address: string): boolean;
  /** The same, for so long that nobody may close it. */
  mustStay(groups: readonly string[], address: string): boolean;
  /** The database is gone, and every pin with it. */
  forget(): void;
  /** What had ended by the house's clock then is over, and does not come back when that clock is set back; see the book of decrees. */
  clockSetBack(by: { readonly ended: number; readonly perhapsEnded: number }): void;
}

export interface OpeningsParts {
  readonly design: WorldDesign;
  readonly timeline: Timeline;
  readonly chance: Chance;
  readonly house: () => House;
  readonly db: () => MainDb;
  readonly clockOffset: () => number;
  /** Then no list can be taken. */
  readonly isDiskFull: () => boolean;
  readonly happened: (what: string) => void;
  readonly count: (what: string) => void;
}

const FEED_GROUP = 'home';
const FEED: Omit<FeedConfig, 'groups'> = {
  name: 'list',
  url: 'https://lists.example/list.txt',
  headers: {},
  addresses: [],
  format: 'text',
  every: 10 * MINUTE,
  max: 30,
  ports: [],
  breaks: '',
  note: '',
};
/** Addresses that the list may name, and those that people open; no name leads to any of them. */
const LISTABLE = 60;
const PINNABLE = 12;
/** A removal that was planned before may still be under way. */
const SETTLED_MS = 30 * MINUTE;

interface Pin {
  readonly id: number;
  readonly since: number;
  /** By the house's clock. */
  readonly until: number | undefined;
  /** Nobody can say from outside whether it was ended before the clock was set back. */
  readonly isDoubtful?: boolean;
}

export function startOpenings(parts: OpeningsParts): Openings {
  const { timeline, chance, design } = parts;
  const feedGroup =
    (design.groups.find(({ name }) => name === FEED_GROUP) ?? design.groups[0])?.name ?? FEED_GROUP;
  const clock = () => timeline.now + parts.clockOffset();
  /** By group and address. */
  let pins = new Map<string, Pin>();
  /** Hardly any address ever has a pin, and all of them are asked for again and again. */
  const everPinned = new Set<string>();
  const isInForce = ({ until }: Pin) => until === undefined || until > clock();
  const feed = createList(timeline, chance);

  const pin = () => {
    const group = chance.pick(parts.design.groups).name;
    const address = `151.102.0.${chance.between(1, PINNABLE)}`;
    const groupId = findGroupByName(parts.db(), group)?.id;
    if (groupId === undefined) return;
    const until = chance.happens(0.5) ? clock() + chance.magnitude(MINUTE, 6 * HOUR) : undefined;
    const { id } = addPin(parts.db(), {
      groupId,
      prefix: parsePrefix(address),
      ports: [],
      note: '',
      until,
      origin: 'person',
      createdAt: clock(),
      createdBy: 'anna',
    });
    parts.count('decision: pin');
    pins.set(`${group} ${address}`, { id, until, since: timeline.now });
    everPinned.add(address);
  };
  const unpin = () => {
    const open = [...pins].filter(([, one]) => isInForce(one) && !one.isDoubtful);
    if (open.length === 0) return;
    const [key, { id }] = chance.pick(open);
    pins.delete(key);
    endPin(parts.db(), id, { at: clock(), by: 'anna' });
    parts.count('decision: unpin');
  };
  const decide = () => {
    timeline.after(chance.between(20 * MINUTE, 2 * HOUR), decide);
    // While everything is down nobody can say so; a pin whose end has come is ended by the product.
    const { control } = parts.house();
    if (control === undefined) return;
    if (chance.happens(0.6)) pin();
    else unpin();
    // A plane that crashes now reads them when it starts again.
    control.policy.reload().catch(() => undefined);
  };
  timeline.after(chance.between(5 * MINUTE, HOUR), decide);

  const isPinned = (groups: readonly string[], address: string, longerThanMs = -1): boolean =>
    everPinned.has(address) &&
    groups.some((group) => {
      const known = pins.get(`${group} ${address}`);
      if (known === undefined || !isInForce(known)) return false;
      return longerThanMs < 0 || (!known.isDoubtful && timeline.now - known.since > longerThanMs);
    });

  const openings: Openings = {
    feedMood: 'ok',
    feeds: [{ ...FEED, groups: [feedGroup] }],
    fetchList: (life) => () =>
      new Promise((resolve, reject) => {
        timeline.after(chance.between(10, SECOND), () => {
          if (!life.alive) return;
          const { feedMood } = openings;
          if (feedMood !== 'ok') parts.happened('a list that is none');
          if (feedMood === 'fails') return reject(new TransientDriverError('The list did not come'));
          resolve({
            kind: 'list',
            text: feed.text(feedMood, !parts.isDiskFull()),
            etag: undefined,
            lastModified: undefined,
          });
        });
      }),
    explains: (groups, address) =>
      (groups.includes(feedGroup) && feed.explains(address)) || isPinned(groups, address),
    mustStay: (groups, address) =>
      (groups.includes(feedGroup) && feed.names(address, SETTLED_MS)) ||
      isPinned(groups, address, SETTLED_MS),
    clockSetBack({ ended, perhapsEnded }) {
      for (const [key, one] of pins) {
        const { until = Number.POSITIVE_INFINITY } = one;
        if (until <= ended) pins.delete(key);
        else if (until <= perhapsEnded) pins.set(key, { ...one, isDoubtful: true });
      }
    },
    forget() {
      pins = new Map();
      feed.begin();
    },
  };
  return openings;
}

/** A list that changes a little each time it is served. */
function createList(timeline: Timeline, chance: Chance) {
  const all = Array.from({ length: LISTABLE }, (_, i) => `151.103.0.${i + 1}`);
  /** With the moment since when each is served. */
  const listed = new Map(all.slice(0, 12).map((address) => [address, timeline.now]));
  const left = new Map<string, { readonly at: number; readonly served: number }>();
  let served = 0;
  const change = (isTaken: boolean) => {
    if (isTaken) served++;
    if (chance.happens(0.6)) return;
    const gone = chance.pick([...listed.keys()]);
    listed.delete(gone);
    left.set(gone, { at: timeline.now, served });
    const come = chance.pick(all);
    if (listed.has(come)) return;
    listed.set(come, timeline.now);
    left.delete(come);
  };
  return {
    text(mood: FeedMood, isTaken: boolean): string {
      if (mood === 'empty') return '';
      if (mood === 'long') return all.join('\n');
      change(isTaken);
      // Never so short that a person would have to say it is meant.
      if (listed.size < 4) for (const address of all.slice(0, 12)) listed.set(address, timeline.now);
      return [...listed.keys()].join('\n');
    },
    /** A list whose taking was cut short by a crash is made good by the one after it. */
    explains(address: string): boolean {
      const gone = left.get(address);
      return (
        listed.has(address) ||
        (gone !== undefined && (served < gone.served + 2 || timeline.now - gone.at < SETTLED_MS))
      );
    },
    names: (address: string, forMs: number) => timeline.now - (listed.get(address) ?? timeline.now) > forMs,
    /** Nobody remembers what was served. */
    begin(): void {
      for (const address of listed.keys()) listed.set(address, timeline.now);
    },
  };
}
