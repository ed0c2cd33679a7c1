/** News since the events went out last, put together and bounded: what came twice is told once, and of too much only how much. */
import type { LiveQuery, News } from '../../actions/news.ts';
import type { DomainName } from '../../base/domain-name.ts';

type Tracked = Extract<News, { kind: 'effect' }>;

export interface Pending {
  /** Group id and name, or the id of a denial. */
  readonly denials: Map<string, { readonly groupId: number; readonly name: DomainName } | number>;
  readonly rules: Map<number, 'added' | 'changed' | 'ended'>;
  readonly firewalls: Set<string>;
  readonly addresses: Set<string>;
  readonly effects: Tracked[];
  readonly dropped: { denials: number; rules: number; queries: number };
  queries: LiveQuery[];
  /** Groups in which something began or ended to be reproduced. */
  readonly reproduced: Set<string>;
  groups: boolean;
  /** More open addresses than are in the list. */
  moreAddresses: boolean;
}

export function nothingPending(): Pending {
  return {
    denials: new Map(),
    rules: new Map(),
    firewalls: new Set(),
    reproduced: new Set(),
    addresses: new Set(),
    effects: [],
    dropped: { denials: 0, rules: 0, queries: 0 },
    queries: [],
    groups: false,
    moreAddresses: false,
  };
}

export function note(pending: Pending, news: News): void {
  const { denials, dropped } = pending;
  const denied = (key: string, value: { groupId: number; name: DomainName } | number) => {
    if (denials.size < MOST_ITEMS || denials.has(key)) denials.set(key, value);
    else dropped.denials++;
  };
  switch (news.kind) {
    case 'denials':
      for (const { groupId, name } of news.batch) denied(`${groupId} ${name}`, { groupId, name });
      break;
    case 'denials-moved':
      for (const id of news.ids) denied(`#${id}`, id);
      break;
    case 'rules':
      for (const what of ['added', 'changed', 'ended'] as const) {
        for (const id of news[what]) noteRule(pending, id, what);
      }
      break;
    case 'groups':
      pending.groups = true;
      break;
    case 'addresses':
      for (const address of news.addresses) {
        if (pending.addresses.size < MOST_ITEMS) pending.addresses.add(address);
        else pending.moreAddresses ||= !pending.addresses.has(address);
      }
      break;
    case 'openings':
      pending.moreAddresses = true;
      break;
    case 'sync':
      pending.firewalls.add(news.firewall);
      break;
    case 'reproduce':
      pending.reproduced.add(news.group);
      break;
    case 'effect':
      pending.effects.push(news);
      if (pending.effects.length > MOST_ITEMS) pending.effects.shift();
      break;
    case 'queries': {
      const room = MOST_ITEMS - pending.queries.length;
      pending.queries.push(...news.rows.slice(0, room));
      dropped.queries += news.dropped + Math.max(news.rows.length - room, 0);
    }
  }
}

/** Made and ended before anybody was told, it is an ended one. */
function noteRule(pending: Pending, id: number, what: 'added' | 'changed' | 'ended'): void {
  const { rules, dropped } = pending;
  const before = rules.get(id);
  if (before === undefined && rules.size >= MOST_ITEMS) dropped.rules++;
  else rules.set(id, before === 'added' && what === 'changed' ? 'added' : what);
}

/** Rows of one event, of whatever kind. */
export const MOST_ITEMS = 250;
