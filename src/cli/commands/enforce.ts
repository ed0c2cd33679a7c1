import { existsSync } from 'node:fs';
import { GroupEffect } from '../../api/contract/groups.ts';
import { EnforceResult } from '../../api/contract/learn.ts';
import { ReplayResult } from '../../api/contract/replay.ts';
import { type Command, type Context, listOption, textOption, UsageError } from '../command.ts';
import { count, localTime, paragraphs, printable, table } from '../format.ts';
import { chooseGroup } from './choose-group.ts';
import { effectText } from './effect.ts';
import { readInput } from './input-file.ts';
import { fetchReport } from './report.ts';

interface WantedRule {
  readonly pattern: string;
  readonly types?: readonly string[];
  readonly note?: string;
}

export const enforce: Command = {
  summary: 'end learning: take rules, and refuse everything else',
  usage: '[--group GROUP] [--suggested] [--rules FILE|LIST] [--preset IDS] [--override] [--yes]',
  options: {
    group: { type: 'string', short: 'g' },
    suggested: { type: 'boolean' },
    rules: { type: 'string' },
    preset: { type: 'string' },
    since: { type: 'string', short: 's' },
    override: { type: 'boolean' },
    yes: { type: 'boolean', short: 'y' },
    note: { type: 'string', short: 'n' },
  },
  explain: {
    '--group GROUP': 'which group; may be left out when there is one',
    '--suggested': 'the rules that `sallyport report` suggests',
    '--rules FILE|LIST':
      'these: names with commas between them, or a file with one a line (types after it: NAME SRV,TXT); - for standard input',
    '--preset IDS': 'presets of the catalog, for example plex-core',
    '--since TIME': 'how far back it is tried out (7d), and what is suggested is taken from',
    '--override': 'refuse names although no firewall was seen to enforce addresses',
    '--yes': 'do not ask',
    '--note TEXT': 'why, for the audit',
  },
  examples: [
    ['sallyport enforce --suggested', 'what it would have refused, then one question'],
    ['sallyport enforce --suggested --rules hooks.example.org', 'and one name besides'],
    ['sallyport learn', 'the way back'],
  ],
  async run(context) {
    const { client, values, during, confirm } = context;
    const group = await chooseGroup(client, textOption(values, 'group'));
    const own = ownRules(context);
    const rules = [...(await suggestedRules(context, group)), ...own];
    const presets = listOption(values, 'preset') ?? [];
    const path = `/groups/${encodeURIComponent(group)}/enforce`;
    const since = textOption(values, 'since');
    const preview = await during(
      'Trying it out',
      client.send(
        'POST',
        `${path}/preview`,
        { rules, presets, ...(since === undefined ? {} : { since }) },
        ReplayResult,
      ),
    );
    const shown = showPreview(preview, await risksOf(own));
    if (values['yes'] !== true) {
      const question = `${shown}\n\nEnforce ${group} with ${count(rules.length, 'rule')} more?`;
      if (!(await confirm(question, 'add --yes')))
        return { data: { enforced: false, preview }, text: 'Nothing was changed.' };
    }
    const body = {
      rules,
      presets,
      ...(values['override'] === true ? { override: true } : {}),
      note: textOption(values, 'note') ?? '',
    };
    const done = await client.send('POST', path, body, EnforceResult);
    return {
      data: { enforced: true, preview, ...done },
      text: paragraphs(
        shown,
        printable(`${done.group.name}: ${done.group.enforcement.sentence}.`),
        effectText(done.effect),
        printable(`To go back: sallyport learn --group ${group}`),
      ),
    };
  },
};

export const learn: Command = {
  summary: 'go back to learning: answer everything, and write down what would be refused',
  usage: '[--group GROUP]',
  options: { group: { type: 'string', short: 'g' } },
  explain: { '--group GROUP': 'which group; may be left out when there is one' },
  examples: [['sallyport learn --group plex', 'rules stay; `sallyport audit` can take the whole step back']],
  async run({ client, values }) {
    const group = await chooseGroup(client, textOption(values, 'group'));
    const path = `/groups/${encodeURIComponent(group)}/learn`;
    const done = await client.send('POST', path, undefined, GroupEffect);
    return {
      data: done,
      text: printable(`${group}: ${done.group.enforcement.sentence}.`).concat('\n', effectText(done.effect)),
    };
  },
};

function ownRules({ values }: Context): readonly WantedRule[] {
  const written = textOption(values, 'rules');
  return written === undefined ? [] : readRules(written);
}

async function suggestedRules(context: Context, group: string): Promise<readonly WantedRule[]> {
  const { values } = context;
  if (values['suggested'] !== true) return [];
  const { suggestion } = await fetchReport(context, group, textOption(values, 'since'));
  return suggestion.rules
    .filter(({ selected }) => selected)
    .map(({ pattern, types, why }) => ({ pattern, types, note: why.slice(0, LONGEST_NOTE) }));
}

function readRules(written: string): readonly WantedRule[] {
  const isFile = written === '-' || existsSync(written);
  const lines = isFile
    ? readInput(written, MAX_FILE).octets.toString('utf8').split('\n')
    : written.split(',');
  const rules = lines
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '')
    .map((line): WantedRule => {
      const [pattern = '', types, ...more] = line.split(/\s+/);
      if (more.length > 0) throw new UsageError(`write NAME or NAME TYPES, not ${line}`);
      return { pattern, ...(types === undefined ? {} : { types: types.split(',') }) };
    });
  if (rules.length === 0) throw new UsageError(`there is no name in ${written}`);
  return rules;
}

/** Octets; some ten thousand names. */
const MAX_FILE = 2 ** 20;
/** Characters, as the API takes them. */
const LONGEST_NOTE = 500;

function showPreview(preview: ReplayResult, risks: readonly string[]): string {
  const { queries, names, since, newlyRefused, newlyRefusedNames } = preview;
  const more = newlyRefusedNames - Math.min(newlyRefused.length, SHOWN);
  return paragraphs(
    `Of ${count(queries, 'question')} for ${count(names, 'name')} since ${localTime(since)}, it would have refused ${count(newlyRefusedNames, 'name')} that ${newlyRefusedNames === 1 ? 'was' : 'were'} answered.`,
    table(
      ['REFUSED', 'TYPE', 'TIMES', 'BY', 'LAST'],
      newlyRefused
        .slice(0, SHOWN)
        .map((one) => [
          one.name,
          one.types.join(','),
          String(one.count),
          one.clients.join(' '),
          localTime(one.lastAt),
        ]),
    ),
    more > 0 ? `and ${count(more, 'more name')}` : '',
    risks.length === 0 ? '' : printable(`RISKY: ${risks.join(' ')}`),
  );
}

/** Whether it is a pattern at all, the server says. */
async function risksOf(rules: readonly WantedRule[]): Promise<readonly string[]> {
  // Loaded here: every other command does without the list of public suffixes.
  const { nameRisks } = await import('../../catalog/name-risks.ts');
  return rules.flatMap(({ pattern }) => {
    try {
      return nameRisks(pattern).map(({ sentence }) => sentence);
    } catch (error) {
      if (error instanceof RangeError) return [];
      throw error;
    }
  });
}

const SHOWN = 30;
