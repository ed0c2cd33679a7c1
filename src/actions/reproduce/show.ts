import { findReproduction, type Reproduction } from '../../store/reproductions.ts';
import { getRule } from '../../store/rules.ts';
import type { ActionDeps } from '../deps.ts';
import { isPaused } from '../describe-group.ts';
import { findGroup } from '../find-group.ts';
import type { QueryPort } from '../query-port.ts';
import type { RefusedSince, Reproducing } from './ports.ts';

export type ShowDeps = Pick<ActionDeps, 'db' | 'clock'> & {
  readonly queries: Pick<QueryPort, 'refusedSince'>;
};

/** What was refused since somebody began to reproduce something in the group. */
export function showReproducing(deps: ShowDeps) {
  const { db, clock, queries } = deps;
  return async (name: string): Promise<Reproducing> => {
    const group = findGroup(db, name);
    const running = findReproduction(db, group.id);
    if (running === undefined) {
      return {
        group: name,
        running: false,
        sentence: `Nothing is being reproduced in ${name}.`,
      };
    }
    const now = clock.now();
    const found = await queries.refusedSince({ group: name, since: running.markAt, until: now + 1 });
    return {
      group: name,
      running: true,
      startedAt: running.startedAt,
      startedBy: running.startedBy,
      markAt: running.markAt,
      forMs: now - running.markAt,
      ...found,
      rules: running.rules.map((id) => getRule(db, id)),
      sentence:
        group.mode === 'learn' || isPaused(group, now)
          ? `${name} ${group.mode === 'learn' ? 'is learning' : 'is paused'}: what no rule allows is answered all the same, and does not show here.`
          : tell(running, found, now),
    };
  };
}

function tell({ startedBy, startedAt, markAt }: Reproduction, found: RefusedSince, now: number): string {
  const seconds = Math.floor((now - markAt) / 1000);
  const count = found.refused.length;
  const since = markAt > startedAt ? 'since it was marked again' : `since ${startedBy} began`;
  const what =
    markAt > startedAt
      ? `${count} new ${count === 1 ? 'refusal' : 'refusals'}`
      : `${count === 0 ? 'nothing' : count === 1 ? 'one name' : `${count} names`} refused`;
  const rest = found.background.length;
  const apart =
    rest === 0
      ? ''
      : `; ${rest === 1 ? 'one name that is' : `${rest} names that are`} refused all day set apart`;
  const meant = found.onPurpose.length;
  const purpose = meant === 0 ? '' : `; ${meant === 1 ? 'one' : meant} refused on purpose set apart`;
  return `${what} in ${seconds} s, ${since}${apart}${purpose}.`;
}
