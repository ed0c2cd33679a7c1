/** Whether upstreams fail, from what the data plane says of them: stale answers hide it from whoever only sees what is told. */
import type { UpstreamReport } from '../plane/protocol.ts';

/**
 * True when those who are asked for most names are all down, or have failed since the last report and answered nothing. Those of one
 * domain do not count: a zone at home that is dead for weeks would keep every alias as it is. Pure.
 */
export function doUpstreamsFail(before: readonly UpstreamReport[], now: readonly UpstreamReport[]): boolean {
  const general = now.filter(({ domain }) => domain === undefined);
  if (general.length === 0) return false;
  if (general.every(({ state }) => state === 'down')) return true;
  const known = new Map(before.filter(({ domain }) => domain === undefined).map((one) => [one.id, one]));
  const since = general.map((report) => countedSince(known.get(report.id), report));
  return since.some(({ failed }) => failed > 0) && since.every(({ answered }) => answered === 0);
}

/** Counters begin again with the data plane. */
function countedSince(before: UpstreamReport | undefined, { counters }: UpstreamReport) {
  if (counters === undefined) return { answered: 0, failed: 0 };
  const then = before?.counters;
  const isSameRun = then !== undefined && then.queries <= counters.queries;
  const failures = (of: NonNullable<UpstreamReport['counters']>) => of.failures + of.timeouts;
  return {
    answered: counters.answered - (isSameRun ? then.answered : 0),
    failed: failures(counters) - (isSameRun ? failures(then) : 0),
  };
}
