/** What sallyport.yaml, and a first start without it, put into the database. */
import type { Actor } from '../actions/actor.ts';
import { followPresets } from '../actions/presets/take.ts';
import { formatPrefix, parsePrefix } from '../base/ip-address.ts';
import type { Catalog } from '../catalog/load.ts';
import { planChanges } from '../config/plan/plan.ts';
import { wantedGroups } from '../config/plan/state.ts';
import type { GroupConfig } from '../config/schema/groups.ts';
import { formatPattern } from '../policy/pattern.ts';
import { addGroup, listGroups } from '../store/groups.ts';
import type { MainDb } from '../store/open.ts';
import { applyPlan } from './configuration/apply-plan.ts';
import { currentGroups } from './configuration/current-groups.ts';

export interface SeedInput {
  readonly db: MainDb;
  readonly now: number;
  /** Undefined: the configuration names no groups. */
  readonly groups: readonly GroupConfig[] | undefined;
  readonly file: 'off' | 'seed' | 'managed';
  readonly catalog: Catalog;
  /** Where in the file a path such as groups[0].rules[1] is written. */
  readonly placeOf?: (path: string) => string | undefined;
}

const AT_START: Actor = { name: 'file', origin: 'start' };

/** The group of a first start: this machine itself, to try things out. */
export const TRY_OUT_GROUP = 'this-machine';

/**
 * One transaction: a start either has the whole file in force or nothing of it. Returns what of the file has ended: that stops no
 * start, or a rule that ran out as it was meant to would leave the house without names after the next reboot.
 */
export function seedDatabase(input: SeedInput): readonly string[] {
  const { db, now, groups, file, catalog, placeOf = () => undefined } = input;
  return db.transaction(() => {
    const empty = listGroups(db).length === 0;
    if (groups !== undefined && (file === 'managed' || (file === 'seed' && empty))) {
      const wanted = wantedGroups(groups, { now, placeOf });
      applyPlan({ db, now, actor: AT_START }, planChanges(currentGroups(db, now), wanted));
      followAllPresets({ db, now, catalog });
      return groups.flatMap((group) => endedIn(group, now));
    }
    if (empty) {
      const group = addGroup(db, {
        name: TRY_OUT_GROUP,
        clients: ['127.0.0.0/8', '::1'].map(parsePrefix),
        origin: 'default',
        createdAt: now,
        presets: ['plex-core'],
      });
      followPresets(db, catalog, { group, at: now, by: CATALOG });
    } else followAllPresets({ db, now, catalog });
    return [];
  });
}

/** What of a group's file has ended by its own `until`, in whole sentences. */
export function endedIn({ name, rules, pins }: GroupConfig, now: number): readonly string[] {
  const ended = (what: string, until: number | undefined, isNot: string) =>
    until === undefined || until > now
      ? []
      : [`groups ${name}: ${what} ended ${new Date(until).toISOString()} and is not ${isNot}`];
  return [
    ...rules.flatMap(({ pattern, until }) =>
      ended(`the rule for ${formatPattern(pattern)}`, until, 'in force'),
    ),
    ...pins.flatMap(({ prefix, until }) => ended(`the address ${formatPrefix(prefix)}`, until, 'open')),
  ];
}

/** Every group takes the presets its list names, and leaves the others. What a newer catalog has waits for a person. */
export function followAllPresets({ db, now, catalog }: Pick<SeedInput, 'db' | 'now' | 'catalog'>): void {
  for (const group of listGroups(db)) followPresets(db, catalog, { group, at: now, by: CATALOG });
}

/** Who makes the rules where no person asked for this one. */
const CATALOG = 'catalog';
