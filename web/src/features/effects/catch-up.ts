import { useQuery } from '@tanstack/react-query';
import { useLiveState, useServices } from '../../api/context.ts';
import { type Followed, isOver, isWaiting, useEffectStore } from '../../api/effects.ts';
import { KEYS, readQueries, usePollMs } from '../../api/reads.ts';
import { queryText, request } from '../../api/request.ts';
import type { Leases, OneRule } from '../../api/types.ts';

/** Without the stream the same is asked for: what is open for the name, and whether it was answered. */
export function useCatchUp(followed: readonly Followed[]): void {
  const isLive = useLiveState().kind === 'live';
  const store = useEffectStore();
  const { clock } = useServices();
  const now = clock.now();
  const waiting = followed.filter((one) => isWaiting(one, now) && now - one.at < FOLLOW_MS);
  useQuery({
    queryKey: [...KEYS.leases, 'followed', waiting.map(({ rule }) => rule.id)],
    enabled: !isLive && waiting.length > 0,
    refetchInterval: POLL_MS,
    async queryFn() {
      for (const one of waiting) {
        const { group, createdAt } = one.rule;
        const [leases, queries] = await Promise.all([
          request<Leases>('GET', `/leases${queryText({ group, name: one.name })}`),
          readQueries({ name: one.name, group, verdict: 'allowed', since: createdAt }),
        ]);
        store.heard(queries.items);
        store.note(effectOf(one, leases));
      }
      return waiting.length;
    },
  });
}

/** Somebody else may end a rule or give it another end: the stream tells that there are changes, and the rule is read again. */
export function useRulesAsTheyAre(followed: readonly Followed[]): void {
  const { changed } = useEffectStore();
  const { clock } = useServices();
  const now = clock.now();
  const ids = followed
    .filter((one) => one.undone === undefined && !isOver(one, now))
    .map(({ rule: { id } }) => id);
  useQuery({
    queryKey: [...KEYS.rules, 'followed', ids],
    enabled: ids.length > 0,
    refetchInterval: usePollMs(),
    // Back on a screen that shows it, nothing is taken from before.
    staleTime: 0,
    async queryFn() {
      const read = await Promise.all(ids.map((id) => request<OneRule>('GET', `/rules/${id}`)));
      for (const { rule } of read) changed(rule);
      return read;
    },
  });
}

function effectOf(one: Followed, { items }: Leases) {
  const isThere = (name: string) =>
    items.length > 0 &&
    items.every(
      ({ firewalls }) => firewalls.find((firewall) => firewall.name === name)?.state === 'confirmed',
    );
  return {
    effect: one.effect,
    addresses: [...new Set(items.map(({ address }) => address))],
    firewalls: one.firewalls.map((firewall) =>
      firewall.state === 'pending' && isThere(firewall.name)
        ? { ...firewall, state: 'confirmed' as const }
        : firewall,
    ),
    done: false,
  };
}

/** Milliseconds: who has not asked again by then waits for nothing. */
const FOLLOW_MS = 15 * 60_000;
const POLL_MS = 2_000;
