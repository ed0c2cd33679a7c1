/** Presets of a group: taken, brought up to date, left. */
import { findGroupByName, type Group } from '../../store/groups.ts';
import { findTaking, type Taking } from '../../store/preset-takings.ts';
import { cannot, type FindWay, MANAGED, numberIn, TOO_LITTLE, type Way, type WayDeps } from './way.ts';

export const leaveAgain: FindWay = (deps, { subject }) =>
  withPreset(deps, subject, (group, preset, taken) =>
    taken === undefined
      ? cannot('the group has left the preset by now')
      : (ofFile(deps, group) ?? {
          run: (acts, actor) => acts.removePreset({ group: group.name, preset }, actor),
        }),
  );

/** With the rules it had then, and without those it had lost. */
export const takeAgain: FindWay = (deps, { subject, before }) =>
  withPreset(deps, subject, (group, preset, taken) => {
    const like = takingIn(deps, numberIn(before, 'taking'));
    if (taken !== undefined) return cannot('the group has the preset again');
    if (like === undefined) return cannot(TOO_LITTLE);
    return (
      ofFile(deps, group) ?? {
        run: (acts, actor) => acts.addPreset({ group: group.name, preset, like }, actor),
      }
    );
  });

export const goBack: FindWay = (deps, { subject, before, after }) =>
  withPreset(deps, subject, (group, preset, taken) => {
    const like = takingIn(deps, numberIn(before, 'taking'));
    if (like === undefined) return cannot(TOO_LITTLE);
    if (taken === undefined) return cannot('the group has left the preset by now');
    if (taken.id !== numberIn(after, 'taking')) return cannot('it was brought up to date again since');
    return { run: (acts, actor) => acts.updatePreset({ group: group.name, preset, like }, actor) };
  });

/** The subject is the group and the preset, neither of which has a space in it. */
function withPreset(
  { db }: WayDeps,
  subject: string,
  find: (group: Group, preset: string, taken: Taking | undefined) => Way,
): Way {
  const [name = '', preset = ''] = subject.split(' ');
  const group = findGroupByName(db, name);
  if (group === undefined) return cannot('the group is gone');
  return find(group, preset, findTaking(db, { groupId: group.id, preset }));
}

function ofFile({ managedByFile }: WayDeps, { origin }: Group): Way | undefined {
  return managedByFile && origin === 'file' ? cannot(MANAGED) : undefined;
}

function takingIn({ db }: WayDeps, id: number | undefined): Taking | undefined {
  return id === undefined ? undefined : findTaking(db, { id });
}
