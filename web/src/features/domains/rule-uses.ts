import { useQueries, useQuery } from '@tanstack/react-query';
import { queryText, request } from '../../api/request.ts';
import type { Group, HygieneReport, RuleRisks } from '../../api/types.ts';

export type RuleUse = HygieneReport['rules'][number];
export type RuleRisk = RuleRisks['items'][number];

/** How the rules were used, by their numbers. A report of a thread of its own: it is not asked again while it is young. */
export function useRuleUses(groups: readonly Pick<Group, 'name'>[]): ReadonlyMap<number, RuleUse> {
  const reports = useQueries({ queries: groups.map(({ name }) => hygieneRead(name)) });
  return new Map(reports.flatMap(({ data }) => data?.rules.map((use) => [use.rule.id, use] as const) ?? []));
}

export function hygieneRead(group: string) {
  return {
    queryKey: ['hygiene', group],
    queryFn: () => request<HygieneReport>('GET', `/hygiene${queryText({ group })}`),
    staleTime: REPORT_MS,
  };
}

/** How far the addresses of rules reach beyond their names, by their numbers; of one rule, or of all. */
export function useRuleRisks(rule?: number): ReadonlyMap<number, RuleRisk> {
  const { data } = useQuery({
    queryKey: ['risks', rule],
    queryFn: () => request<RuleRisks>('GET', `/risks${queryText({ rule })}`),
    staleTime: REPORT_MS,
  });
  return new Map(data?.items.flatMap((one) => (one.rule === undefined ? [] : [[one.rule.id, one] as const])));
}

/** Days without use that were watched; undefined: it is used, or nobody knows yet. */
export function unusedDays(use: RuleUse | undefined, now: number): number | undefined {
  if (use?.state !== 'unused') return undefined;
  const since = Math.max(Date.parse(use.watchedSince), use.lastAt === undefined ? 0 : Date.parse(use.lastAt));
  return Math.floor((now - since) / DAY_MS);
}

const REPORT_MS = 60_000;
const DAY_MS = 86_400_000;
