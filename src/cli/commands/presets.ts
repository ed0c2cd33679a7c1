import type { GroupPreset } from '../../api/contract/presets.ts';
import { NeighbourList, PresetDetail, PresetEffect, PresetList } from '../../api/contract/presets.ts';
import { CommandFailed } from '../client.ts';
import { type Command, type Context, type Output, textOption, UsageError } from '../command.ts';
import { localTime, paragraphs, printable, printableLines, table } from '../format.ts';
import { chooseGroup } from './choose-group.ts';
import { effectText } from './effect.ts';

export const presets: Command = {
  summary: 'the catalog: what known software needs, and what groups took of it',
  usage: '[PRESET] | add|update|remove PRESET [--group GROUP] [--yes]',
  options: { group: { type: 'string', short: 'g' }, yes: { type: 'boolean', short: 'y' } },
  explain: {
    '--group GROUP': 'of this group; without a preset: also what else was recognised in what it asked',
    '--yes': 'with update and remove: without asking',
  },
  examples: [
    ['sallyport presets', 'all there are, who has them, and what there is to update'],
    ['sallyport presets plex-core', 'its names, what each is for and what breaks without it'],
    ['sallyport presets add ntp --group plex', 'allow what it names'],
    ['sallyport presets update plex-core', 'show what is new, and take it after a question'],
  ],
  async run(context) {
    const [first, second, ...rest] = context.words;
    if (rest.length > 0) throw new UsageError(`too many words: ${rest.join(' ')}`);
    if (second === undefined) {
      if (first !== undefined && isAct(first))
        throw new UsageError(`which preset? sallyport presets ${first} PRESET`);
      return first === undefined ? list(context) : show(context, first);
    }
    if (first === undefined || !isAct(first)) throw new UsageError(`${first} is none of add, update, remove`);
    return act(context, first, second);
  },
};

/** What an update would change, as people read a difference: + new, - gone, ~ changed. */
export function updateText({ group, preset, update, yours }: GroupPreset): string {
  if (update === undefined) return '';
  const { from, to, added, removed, changed } = update;
  return [
    `Preset ${preset} of group ${group}: ${from === '' ? 'as it was taken' : from} → ${to}, not taken yet.`,
    ...added.map(({ action, pattern, note }) => `  + ${action} ${pattern}  ${note}`),
    ...removed.map(({ action, pattern }) => `  - ${action} ${pattern}`),
    ...changed.map(({ before, after }) => `  ~ ${after.pattern}: ${differenceText(before, after)}`),
    ...yours.map(({ pattern, what }) => `  = ${pattern} stays as you left it (${what})`),
    `Take it: sallyport presets update ${preset} --group ${group}`,
  ]
    .map(printable)
    .join('\n');
}

function differenceText(before: TakenRule, after: TakenRule): string {
  const fields = (['action', 'types', 'note'] as const).filter(
    (key) => String(before[key]) !== String(after[key]),
  );
  return fields.map((key) => `${key} ${before[key]} → ${after[key]}`).join('; ');
}

type TakenRule = NonNullable<GroupPreset['update']>['added'][number];

const ACTS = ['add', 'update', 'remove'] as const;
type Act = (typeof ACTS)[number];
const isAct = (word: string): word is Act => ACTS.some((one) => one === word);

async function list({ client, values }: Context): Promise<Output> {
  const group = textOption(values, 'group');
  const data = await client.get('/presets', PresetList);
  const standing = (one: GroupPreset) => `${one.group}${one.update === undefined ? '' : ' (update)'}`;
  const shown = data.items.map((preset) => ({
    ...preset,
    groups: preset.groups.filter((one) => (group ?? one.group) === one.group),
  }));
  const neighbours =
    group === undefined
      ? undefined
      : await client.get(`/groups/${encodeURIComponent(group)}/neighbours`, NeighbourList);
  const updates = shown.flatMap(({ groups }) => groups.map(updateText)).filter((text) => text !== '');
  return {
    data: neighbours === undefined ? data : { ...data, neighbours },
    text: paragraphs(
      table(
        ['PRESET', 'VERSION', 'NAMES', 'GROUPS', 'WHAT IT IS'],
        shown.map((one) => [
          one.id,
          one.version,
          `${one.names}${one.refuses === 0 ? '' : `, ${one.refuses} refused on purpose`}`,
          one.groups.map(standing).join(', ') || '-',
          one.title,
        ]),
      ),
      ...updates,
      data.withdrawn
        .filter((one) => (group ?? one.group) === one.group)
        .map(withdrawnText)
        .join('\n'),
      neighbours === undefined ? '' : neighbourText(neighbours),
    ),
  };
}

function withdrawnText({ group, preset }: GroupPreset): string {
  return printable(
    `${group} has ${preset}, which the catalog has no more; its rules stay until it is left: sallyport presets remove ${preset} --group ${group}`,
  );
}

function neighbourText({ group, items }: NeighbourList): string {
  const recognised = items.filter((one) => one.recognised);
  if (recognised.length === 0) return 'Nothing else was recognised in what it asked in the last week.';
  return [
    `In what ${group} asked in the last week:`,
    ...recognised.map(
      ({ preset, sentence }) => `  ${sentence} sallyport presets add ${preset} --group ${group}`,
    ),
  ]
    .map(printable)
    .join('\n');
}

async function show({ client }: Context, id: string): Promise<Output> {
  const one = await client.get(path(id), PresetDetail);
  return {
    data: one,
    text: paragraphs(
      printableLines(`${one.title} (${one.id} ${one.version}, ${one.updated})\n${one.description}`),
      table(
        ['NAME', 'TYPES', 'RULE', 'NEED', 'WHAT IT IS', 'WITHOUT IT', 'SHARED'],
        one.entries.map((entry) => [
          entry.pattern,
          entry.types.join(','),
          entry.action,
          entry.need,
          entry.why,
          entry.breaks,
          entry.addresses.shared,
        ]),
      ),
      ...one.entries.flatMap(({ pattern, noRule }) =>
        noRule === undefined ? [] : printable(`No rule for ${pattern}: ${noRule}`),
      ),
      table(
        ['REACHED WITHOUT A NAME', 'PORTS', 'WITHOUT IT', 'WHAT TO DO'],
        one.unnamed.map(({ what, ports, breaks, remedy }) => [what, ports.join(' ') || '-', breaks, remedy]),
      ),
      one.notes.map(printable).join('\n'),
      ...one.groups.map(groupText),
    ),
  };
}

function groupText(one: GroupPreset): string {
  const version = one.version === '' ? 'before it had versions' : `at ${one.version}`;
  const edits = one.yours.map(({ pattern, what }) => `${pattern} (${what})`).join(', ');
  return paragraphs(
    printable(
      `${one.group} took it ${version}, ${localTime(one.takenAt)}, by ${one.takenBy}.${edits === '' ? '' : ` Changed since by people: ${edits}.`}`,
    ),
    updateText(one),
  );
}

async function act(context: Context, what: Act, id: string): Promise<Output> {
  const { client, values, confirm } = context;
  const group = await chooseGroup(client, textOption(values, 'group'));
  const url = `/groups/${encodeURIComponent(group)}${path(id)}`;
  if (what !== 'add' && values['yes'] !== true) {
    const question = what === 'update' ? await updateQuestion(context, group, id) : removeQuestion(group, id);
    if (question === undefined) {
      const data = await client.get(path(id), PresetDetail);
      return { data, text: `Preset ${id} of group ${group} has nothing to update.` };
    }
    if (!(await confirm(question, `sallyport presets ${what} ${id} --group ${group} --yes`)))
      throw new CommandFailed('not-changed', 'Nothing was changed.');
  }
  const done =
    what === 'remove'
      ? await client.send('DELETE', url, undefined, PresetEffect)
      : await client.send('POST', what === 'add' ? url : `${url}/update`, undefined, PresetEffect);
  const now =
    done.preset === undefined
      ? `${group} has left ${id}.`
      : `${group} has ${id}${done.preset.version === '' ? '' : ` ${done.preset.version}`}.`;
  return { data: done, text: paragraphs(printable(now), effectText(done.effect)) };
}

/** Undefined: there is nothing to update. */
async function updateQuestion({ client }: Context, group: string, id: string): Promise<string | undefined> {
  const { groups } = await client.get(path(id), PresetDetail);
  const own = groups.find((one) => one.group === group);
  // Of a group that has not taken it, the server says so.
  if (own !== undefined && own.update === undefined) return undefined;
  return own === undefined ? `Update ${id}?` : `${updateText(own)}\n\nTake it?`;
}

function removeQuestion(group: string, id: string): string {
  return `End all ${printable(`rules of ${id} in ${group}`)}?`;
}

const path = (id: string) => `/presets/${encodeURIComponent(id)}`;
