/** What became of the changes somebody made here: allowed → resolved → in the alias → asked again. */
import { createContext, useContext, useSyncExternalStore } from 'react';
import type { PageServices } from './context.ts';
import type { Allowed, EventData, RuleEffectNews, RuleView } from './types.ts';

export interface Followed {
  readonly rule: RuleView;
  readonly name: string;
  /** By the server's clock. */
  readonly at: number;
  readonly effect: string;
  readonly addresses: readonly string[];
  readonly firewalls: RuleEffectNews['firewalls'];
  /** When a client was answered after the change. */
  readonly answeredAt?: number;
  readonly undone: boolean;
}

export interface EffectStore {
  all(): readonly Followed[];
  subscribe(onChange: () => void): () => void;
  follow(allowed: Allowed): void;
  /** How far the firewalls are, as the stream tells. */
  note(news: RuleEffectNews): void;
  /** Lines of the query log: whether it was asked again. */
  heard(lines: EventData<'query.batch'>['items']): void;
  undone(rule: number): void;
  changed(rule: RuleView): void;
  dismiss(rule: number): void;
}

export const EffectStoreContext = createContext<EffectStore | undefined>(undefined);

export function useEffectStore(): EffectStore {
  const store = useContext(EffectStoreContext);
  if (store === undefined) throw new Error('there is no EffectStoreContext around this component');
  return store;
}

export function useFollowed(): readonly Followed[] {
  const store = useEffectStore();
  return useSyncExternalStore(store.subscribe, store.all);
}

export function createEffectStore({ clock, live }: PageServices): EffectStore {
  const listeners = new Set<() => void>();
  let followed: readonly Followed[] = [];
  let stopQueries: (() => void) | undefined;

  const set = (next: readonly Followed[]) => {
    followed = next;
    const waits = followed.some(({ answeredAt, undone }) => answeredAt === undefined && !undone);
    // The query log is many lines: it is read only while a change waits for one of them.
    if (waits) stopQueries ??= live.wantQueries();
    else {
      stopQueries?.();
      stopQueries = undefined;
    }
    for (const tell of listeners) tell();
  };
  const change = (isMeant: (one: Followed) => boolean, to: (one: Followed) => Followed) => {
    if (followed.some(isMeant)) set(followed.map((one) => (isMeant(one) ? to(one) : one)));
  };

  return {
    all: () => followed,
    subscribe(onChange) {
      listeners.add(onChange);
      return () => listeners.delete(onChange);
    },
    follow({ denial, rule, effect }) {
      const { id, addresses, firewalls } = effect;
      const one = {
        rule,
        name: denial.name,
        at: clock.now(),
        effect: id,
        addresses,
        firewalls,
        undone: false,
      };
      set([one, ...followed.filter((known) => known.rule.id !== rule.id)].slice(0, MOST));
    },
    note({ effect, addresses, firewalls }) {
      change(
        (one) => one.effect === effect,
        (one) => ({ ...one, addresses, firewalls }),
      );
    },
    heard(lines) {
      for (const one of followed) {
        if (one.answeredAt !== undefined || one.undone) continue;
        const line = lines.find(
          ({ name, group, verdict, at }) =>
            verdict === 'allowed' &&
            group === one.rule.group &&
            (name === one.name || name.endsWith(`.${one.name}`)) &&
            Date.parse(at) >= Date.parse(one.rule.createdAt),
        );
        if (line === undefined) continue;
        change(
          (known) => known.rule.id === one.rule.id,
          (known) => ({ ...known, answeredAt: Date.parse(line.at) }),
        );
      }
    },
    undone(rule) {
      change(
        (one) => one.rule.id === rule,
        (one) => ({ ...one, undone: true }),
      );
    },
    changed(rule) {
      change(
        (one) => one.rule.id === rule.id,
        (one) => ({ ...one, rule }),
      );
    },
    dismiss(rule) {
      set(followed.filter((one) => one.rule.id !== rule));
    },
  };
}

/** As many as a screen shows; who allows more at once looks at the lists. */
const MOST = 8;
