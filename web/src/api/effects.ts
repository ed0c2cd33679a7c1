/** What became of the changes somebody made here: allowed → resolved → in the alias → asked again. */
import { createContext, useContext, useSyncExternalStore } from 'react';
import type { PageServices } from './context.ts';
import type { Denial, EventData, RuleChanged, RuleEffectNews, RuleView } from './types.ts';

export interface Followed {
  readonly rule: RuleView;
  readonly name: string;
  /** By the server's clock. */
  readonly at: number;
  readonly effect: string;
  /** What of the audit takes it back. */
  readonly entry: number;
  readonly addresses: readonly string[];
  readonly firewalls: RuleEffectNews['firewalls'];
  /** When a client was answered after the change. */
  readonly answeredAt?: number;
  /** With what: NXDOMAIN opens nothing, and nothing more comes of it. */
  readonly rcode?: string;
  /** Absent: it stands. */
  readonly undone?: Undone;
}

/** Allowed here just now: one refused name, or its whole domain. */
export type Followable = RuleChanged & { readonly denial: Pick<Denial, 'name'> };

export interface Undone {
  /** again: it is refused again. former: the rule was there before, and has its former end. */
  readonly how: 'again' | 'former';
  /** What was closed by it, and what stays open for others. */
  readonly closed: readonly string[];
  readonly staysOpen: readonly { readonly address: string; readonly name: string; readonly group: string }[];
}

/** By the server's clock: it ended by itself, or somebody ended it. */
export function isOver({ rule: { expiresAt, endedAt } }: Pick<Followed, 'rule'>, now: number): boolean {
  return endedAt !== undefined || (expiresAt !== undefined && Date.parse(expiresAt) <= now);
}

/** Whether a question would still prove it. */
export function isWaiting(one: Followed, now: number): boolean {
  return one.answeredAt === undefined && one.undone === undefined && !isOver(one, now);
}

export interface EffectStore {
  all(): readonly Followed[];
  subscribe(onChange: () => void): () => void;
  follow(allowed: Followable): void;
  /** How far the firewalls are, as the stream tells. */
  note(news: RuleEffectNews): void;
  /** Lines of the query log: whether it was asked again. */
  heard(lines: EventData<'query.batch'>['items']): void;
  undone(rule: number, undone: Undone): void;
  /** By a click here, or by anybody else. */
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

  // The query log is many lines: it is read only while a change waits for one of them.
  const readWhatIsNeeded = () => {
    if (followed.some((one) => isWaiting(one, clock.now()))) stopQueries ??= live.wantQueries();
    else {
      stopQueries?.();
      stopQueries = undefined;
    }
  };
  const set = (next: readonly Followed[]) => {
    followed = next;
    readWhatIsNeeded();
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
    follow({ denial, rule, effect, entry }) {
      const { id, addresses, firewalls } = effect;
      const one = {
        rule,
        name: denial.name,
        at: clock.now(),
        effect: id,
        entry,
        addresses,
        firewalls,
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
        if (!isWaiting(one, clock.now())) continue;
        const line = lines.find(
          (line) =>
            line.verdict === 'allowed' &&
            line.group === one.rule.group &&
            isProof(line, one.rule) &&
            Date.parse(line.at) >= Date.parse(one.rule.createdAt),
        );
        if (line === undefined) continue;
        change(
          (known) => known.rule.id === one.rule.id,
          (known) => ({ ...known, answeredAt: Date.parse(line.at), rcode: line.rcode }),
        );
      }
      readWhatIsNeeded();
    },
    undone(rule, undone) {
      change(
        (one) => one.rule.id === rule,
        (one) => ({ ...one, undone }),
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

/** A name below may be allowed by another rule: only what this rule decided proves it, or the one name it is for. */
function isProof(
  { name, rule }: EventData<'query.batch'>['items'][number],
  { id, pattern }: Pick<RuleView, 'id' | 'pattern'>,
): boolean {
  return rule?.id === id || name === pattern;
}

/** As many as a screen shows; who allows more at once looks at the lists. */
const MOST = 8;
