/** Groups: mode and manners, pauses, clients. */
import { formatPrefix } from '../../base/ip-address.ts';
import { findGroupByName, type Group } from '../../store/groups.ts';
import { getRule } from '../../store/rules.ts';
import type { Json } from '../../store/settings.ts';
import { isPaused } from '../describe-group.ts';
import { type PlexDirectInput, plexDirectJson } from '../plex-direct.ts';
import {
  cannot,
  endIn,
  type FindWay,
  MANAGED,
  TOO_LITTLE,
  textIn,
  valueIn,
  type Way,
  type WayDeps,
} from './way.ts';

export const takeBackGroupChange: FindWay = (deps, { subject, before, after }) =>
  withGroup(deps, subject, (group) => {
    const [was, became] = [settingsIn(before), settingsIn(after)];
    if (was === undefined || became === undefined) return cannot(TOO_LITTLE);
    const isAsLeft =
      (was.mode === became.mode || group.mode === became.mode) &&
      (was.refuse === became.refuse || group.refuse === became.refuse) &&
      (was.ipv6 === became.ipv6 || group.ipv6 === became.ipv6) &&
      (isSame(was.plexDirect, became.plexDirect) ||
        isSame(plexDirectJson(group.plexDirect), became.plexDirect));
    if (!isAsLeft) return cannot('it was changed again since');
    if (valueIn(after, 'rules') !== undefined) return leaveEnforcing(group, before, after);
    if (valueIn(after, 'ended') !== undefined) return enforceAgain(deps, group, before, after);
    const change = {
      ...(was.mode === became.mode && was.override === became.override
        ? {}
        : { mode: was.mode, override: was.override }),
      ...(was.refuse === became.refuse ? {} : { refuse: was.refuse }),
      ...(was.ipv6 === became.ipv6 ? {} : { ipv6: was.ipv6 }),
      ...(isSame(was.plexDirect, became.plexDirect) ? {} : { plexDirect: was.plexDirect as PlexDirectInput }),
    };
    if (Object.keys(change).length === 0) return cannot('it changed nothing');
    return { run: (acts, actor) => acts.changeGroup({ group: group.name, ...change }, actor) };
  });

/** What was learnt ends with it; rules and presets of others stay. */
function leaveEnforcing(group: Group, before: Json | null, after: Json | null): Way {
  const was = settingsIn(before);
  if (was === undefined) return cannot(TOO_LITTLE);
  const input = {
    group: group.name,
    mode: was.mode,
    override: was.override,
    endRules: idsIn(after, 'rules'),
    presets: presetsBack(group, before, after),
  };
  return { run: (acts, actor) => acts.learnGroup(input, actor) };
}

function enforceAgain({ db }: WayDeps, group: Group, before: Json | null, after: Json | null): Way {
  const was = settingsIn(before);
  if (was?.mode !== 'enforce') return cannot(TOO_LITTLE);
  const rules = idsIn(after, 'ended').map((id) => getRule(db, id));
  const input = {
    group: group.name,
    rules: rules.map(({ pattern, types, note }) => ({ pattern, types, note })),
    presets: textsIn(before, 'presets'),
    override: was.override,
  };
  return { run: (acts, actor) => acts.enforceGroup(input, actor) };
}

/** Without those the change brought. */
function presetsBack(group: Group, before: Json | null, after: Json | null): readonly string[] {
  const [had, got] = [textsIn(before, 'presets'), textsIn(after, 'presets')];
  return group.presets.filter((id) => had.includes(id) || !got.includes(id));
}

function idsIn(record: Json | null, key: string): readonly number[] {
  const list = valueIn(record, key);
  return Array.isArray(list) ? list.filter((one) => typeof one === 'number') : [];
}

function textsIn(record: Json | null, key: string): readonly string[] {
  const list = valueIn(record, key);
  return Array.isArray(list) ? list.filter((one) => typeof one === 'string') : [];
}

export const endPause: FindWay = ({ db, clock }, { subject, before, after }) => {
  const group = findGroupByName(db, subject);
  const now = clock.now();
  if (group === undefined || group.pausedUntil !== endIn(after, 'pausedUntil') || !isPaused(group, now)) {
    return cannot('the pause is over, or is another one by now');
  }
  const former = endIn(before, 'pausedUntil');
  return typeof former === 'number' && former > now
    ? pauseUntil(group, former, now)
    : { run: (acts, actor) => acts.resumeGroup(subject, actor) };
};

export const pauseAgain: FindWay = ({ db, clock }, { subject, before }) => {
  const group = findGroupByName(db, subject);
  const now = clock.now();
  const former = endIn(before, 'pausedUntil');
  if (typeof former !== 'number') return cannot('there was no pause');
  if (group === undefined || former <= now) return cannot('the pause would have ended by itself by now');
  return isPaused(group, now) ? cannot('it is paused again') : pauseUntil(group, former, now);
};

export const removeClientAgain: FindWay = (deps, entry) =>
  moveClient(deps, entry.subject, entry.after, 'out');
export const addClientAgain: FindWay = (deps, entry) => moveClient(deps, entry.subject, entry.after, 'in');

function moveClient(deps: WayDeps, subject: string, after: Json | null, where: 'in' | 'out'): Way {
  return withGroup(deps, subject, (group) => {
    const client = textIn(after, 'client');
    if (client === undefined) return cannot(TOO_LITTLE);
    const isIn = group.clients.some((one) => formatPrefix(one) === client);
    if (isIn === (where === 'in')) return cannot(`${client} is ${isIn ? '' : 'not '}in the group by now`);
    const input = { group: group.name, client };
    return {
      run: (acts, actor) => (where === 'in' ? acts.addClient(input, actor) : acts.removeClient(input, actor)),
    };
  });
}

function withGroup({ db, managedByFile }: WayDeps, name: string, find: (group: Group) => Way): Way {
  const group = findGroupByName(db, name);
  if (group === undefined) return cannot('the group is gone');
  return managedByFile && group.origin === 'file' ? cannot(MANAGED) : find(group);
}

function pauseUntil({ name }: Group, until: number, now: number): Way {
  const seconds = Math.ceil((until - now) / 1000);
  return {
    run: (acts, actor) => acts.pauseGroup({ group: name, for: `${seconds}s`, note: '' }, actor),
  };
}

/** Both were written by the same hand, key by key. */
function isSame(one: Json | undefined, other: Json | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function settingsIn(
  record: Json | null,
):
  | (Pick<Group, 'mode' | 'refuse' | 'ipv6'> & { override: boolean; plexDirect: Json | undefined })
  | undefined {
  const mode = (['learn', 'enforce'] as const).find((one) => one === textIn(record, 'mode'));
  const refuse = (['nxdomain', 'nodata', 'refused', 'zero'] as const).find(
    (one) => one === textIn(record, 'refuse'),
  );
  const [ipv6, override] = [valueIn(record, 'ipv6'), valueIn(record, 'override')];
  if (mode === undefined || refuse === undefined || typeof ipv6 !== 'boolean') return undefined;
  return { mode, refuse, ipv6, override: override === true, plexDirect: valueIn(record, 'plexDirect') };
}
