/** Follows changes until the firewalls have: what the answer to a change began to tell. */
import { reviewEffect } from '../../actions/effect.ts';
import type { News } from '../../actions/news.ts';
import type { RuleEffectNews } from '../contract/events.ts';
import type { RouteDeps } from '../route-deps.ts';

type Change = Extract<News, { kind: 'effect' }>;
type Reviewed = ReturnType<typeof reviewEffect>;

export interface EffectFollower {
  follow(change: Change): void;
  /** What has changed since it was last told. */
  review(): readonly RuleEffectNews[];
}

export function createEffectFollower(deps: Pick<RouteDeps, 'clock' | 'sync' | 'leases'>): EffectFollower {
  const followed = new Map<string, { readonly change: Change; told: string }>();
  return {
    follow(change) {
      const { id, firewalls, addresses } = change.effect;
      if (firewalls.length === 0) return;
      followed.set(id, { change, told: textOf({ addresses, firewalls }) });
      const oldest = followed.keys().next().value;
      if (followed.size > MOST_FOLLOWED && oldest !== undefined) followed.delete(oldest);
    },
    review() {
      const news: RuleEffectNews[] = [];
      for (const [id, one] of followed) {
        if (deps.clock.now() - one.change.at > FOLLOW_MS) {
          followed.delete(id);
          continue;
        }
        const now = reviewEffect(deps, one.change);
        const done = isDone(one.change, now);
        if (done) followed.delete(id);
        const text = textOf(now);
        if (text === one.told && !done) continue;
        one.told = text;
        news.push(newsOf(one.change, now, done));
      }
      return news;
    },
  };
}

/** What was allowed is there once an address of it is: nobody may have asked yet. */
function isDone({ concern }: Change, { addresses, firewalls }: Reviewed): boolean {
  const waitsForAddress = concern.covers !== undefined && addresses.length === 0;
  return !waitsForAddress && firewalls.every(({ state }) => state !== 'pending' && state !== 'error');
}

function newsOf({ effect, concern }: Change, now: Reviewed, done: boolean): RuleEffectNews {
  return {
    effect: effect.id,
    ...(concern.group === undefined ? {} : { group: concern.group }),
    ...(concern.rule === undefined ? {} : { rule: concern.rule }),
    addresses: [...now.addresses],
    firewalls: now.firewalls.map(({ name, state, ms }) => ({
      name,
      state,
      ...(ms === undefined ? {} : { ms }),
    })),
    done,
  };
}

function textOf({ addresses, firewalls }: Reviewed): string {
  return JSON.stringify([addresses.toSorted(), firewalls.map(({ name, state }) => [name, state])]);
}

/** Changes at a time; a person makes a few, and a script that makes hundreds looks at the firewalls. */
const MOST_FOLLOWED = 50;
/** Milliseconds; a name that nobody asked for until then is no longer waited for. */
const FOLLOW_MS = 15 * 60_000;
