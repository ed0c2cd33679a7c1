/**
 * Answers of the last day by the quarter of an hour. The log is read once for each quarter and the sums are kept: the thread that
 * does this lives for as long as somebody asks, so that a page which asks again and again costs the quarter that is under way.
 */
import type { AnswerCounts, Series, SeriesInput } from '../actions/reports/series.ts';
import { KnownError } from '../base/errors.ts';
import { findGroupByName } from '../store/groups.ts';
import { countAnswers } from '../store/querylog/answer-counts.ts';
import { temporaryRuleIds } from '../store/rules.ts';
import type { ReportDeps } from './scope.ts';

type Deps = Pick<ReportDeps, 'main' | 'queryLog' | 'clock'>;

export function series(deps: Deps, stopwatch: () => number = () => performance.now()) {
  const { main, clock } = deps;
  /** By the start of the step; only of steps that are over. */
  const kept = new Map<number, StepCounts>();

  return ({ group: name }: SeriesInput): Series => {
    const now = clock.now();
    const last = Math.floor(now / STEP_MS) * STEP_MS;
    const since = last - (STEPS - 1) * STEP_MS;
    for (const at of kept.keys()) if (at < since || at > last) kept.delete(at);
    const groupId = name === undefined ? undefined : groupIdOf(main, name);

    const began = stopwatch();
    const temporary = temporaryRuleIds(main);
    const steps = [];
    for (let at = last; at >= since; at -= STEP_MS) {
      const known = kept.get(at);
      if (known === undefined && at !== last && stopwatch() - began >= LONGEST_MS) break;
      const counts = known ?? countStep(deps, at, temporary);
      if (now >= at + STEP_MS + LATE_MS) kept.set(at, counts);
      steps.push({ at, ...(name === undefined ? counts.all : (counts.groups.get(groupId ?? 0) ?? NOTHING)) });
    }
    steps.reverse();
    return {
      since,
      until: last + STEP_MS,
      stepMs: STEP_MS,
      steps,
      countedSince: steps[0]?.at ?? last,
    };
  };
}

interface StepCounts {
  readonly all: AnswerCounts;
  readonly groups: ReadonlyMap<number, AnswerCounts>;
}

function countStep({ queryLog }: Deps, at: number, temporary: ReadonlySet<number>): StepCounts {
  const groups = new Map<number, AnswerCounts>();
  let all = NOTHING;
  for (const { groupId, verdict, ruleId, beforeReady, count } of countAnswers(queryLog, at, at + STEP_MS)) {
    const isTemporary = ruleId !== undefined && temporary.has(ruleId);
    const kind =
      verdict === 'allowed'
        ? isTemporary
          ? 'temporary'
          : 'allowed'
        : verdict === 'denied'
          ? 'refused'
          : 'failed';
    const plus = (to: AnswerCounts): AnswerCounts => ({
      ...to,
      [kind]: to[kind] + count,
      beforeReady: to.beforeReady + (beforeReady && verdict === 'allowed' ? count : 0),
    });
    all = plus(all);
    if (groupId !== undefined) groups.set(groupId, plus(groups.get(groupId) ?? NOTHING));
  }
  return { all, groups };
}

function groupIdOf(main: Deps['main'], name: string): number {
  const group = findGroupByName(main, name);
  if (group === undefined) throw new KnownError('not-found', `group ${name}`);
  return group.id;
}

const NOTHING: AnswerCounts = { allowed: 0, temporary: 0, refused: 0, failed: 0, beforeReady: 0 };
const STEP_MS = 15 * 60_000;
/** A day. */
const STEPS = 96;
/** Milliseconds after which no line of a step is on its way to the log any more; batches leave each second. */
const LATE_MS = 2 * 60_000;
/** Milliseconds of one report: of a log with millions of lines a day the rest is counted when it is asked again. */
const LONGEST_MS = 150;
