/**
 * A configuration that somebody sends, by the API or on the command line. Only its groups count: where a firewall is,
 * which secrets it is given and whom we ask is for the server's own file to say, or whoever may send one could have
 * the server read any of its files and carry it anywhere.
 */
import { KnownError } from '../base/errors.ts';
import { crossCheck } from './checks.ts';
import { layOver } from './layers.ts';
import { checkSections, reportInto } from './load.ts';
import { describeProblems, type Problem } from './problems.ts';
import type { GroupConfig } from './schema/groups.ts';
import { type Config, SECTIONS } from './schema/sections.ts';
import { readYaml } from './yaml-file.ts';

export interface Document {
  readonly groups: readonly GroupConfig[] | undefined;
  readonly file: Config['file'];
  /** Sections that are in order, and for the server's own file only. */
  readonly left: readonly string[];
  placeOf(path: string): string | undefined;
}

/** Throws KnownError invalid-input that lists everything that is wrong. */
export function readDocument(
  { name, text }: { readonly name: string; readonly text: string },
  running: Pick<Config, 'firewalls' | 'neverList'>,
): Document {
  const yaml = readYaml(text, name);
  const problems: Problem[] = [...yaml.problems];
  const written = layOver([yaml]);
  const report = reportInto(problems, written);
  const isKnown = (key: string) => Object.hasOwn(SECTIONS, key);
  const isTaken = (key: string) => !isKnown(key) || key === 'groups' || key === 'file';
  const values = Object.fromEntries(Object.entries(yaml.values).filter(([key]) => isTaken(key)));

  const { groups, file } = checkSections(values, report);
  const { firewalls, neverList } = running;
  for (const { path, wanted } of crossCheck({ firewalls, neverList, groups }))
    if (path[0] === 'groups') report(path, wanted);
  if (problems.length > 0) {
    throw new KnownError('invalid-input', describeProblems(`${name} has`, problems), {
      hint: 'Nothing was changed. docs/configuration.md lists every key with its default and an example.',
    });
  }
  return {
    groups,
    file: file ?? 'managed',
    left: Object.keys(yaml.values).filter((key) => !isTaken(key)),
    placeOf: (path) => yaml.sourceOf(keysOf(path)),
  };
}

/** groups[0].rules[1] as its keys. */
function keysOf(path: string): readonly (string | number)[] {
  return path.split(/[.[\]]+/).flatMap((key) => (key === '' ? [] : [/^\d+$/.test(key) ? Number(key) : key]));
}
