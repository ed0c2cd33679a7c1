import { ReplayResult } from '../../api/contract/replay.ts';
import { type Command, listOption, textOption, UsageError } from '../command.ts';
import { count, localTime, paragraphs, printable, table } from '../format.ts';
import { chooseGroup } from './choose-group.ts';
import { readConfiguration } from './input-file.ts';

export const replay: Command = {
  summary: 'what other rules would have done with what was asked',
  usage:
    '[--group GROUP] [--file FILE] [--allow NAMES] [--deny NAMES] [--preset IDS] [--without RULES | --only] [--types LIST] [--since 7d]',
  options: {
    group: { type: 'string', short: 'g' },
    file: { type: 'string', short: 'f' },
    allow: { type: 'string' },
    deny: { type: 'string' },
    preset: { type: 'string' },
    without: { type: 'string' },
    only: { type: 'boolean' },
    types: { type: 'string' },
    since: { type: 'string', short: 's' },
  },
  explain: {
    '--group GROUP': 'which group; may be left out when there is one',
    '--file FILE': 'the rules and presets the group would have under this YAML file (- for standard input)',
    '--allow NAMES': 'as if these were allowed too: plex.tv, *.plex.tv or .plex.tv, separated by commas',
    '--deny NAMES': 'as if these were refused',
    '--preset IDS': 'as if the group had these presets',
    '--without RULES': 'as if these rules were gone, by their ids',
    '--only': 'nothing but what is given here',
    '--types LIST': 'of the names in --allow, if not A and AAAA',
    '--since TIME': 'how far back (7d)',
  },
  examples: [
    ['sallyport replay', 'what enforcing the rules as they are would have refused in a week'],
    ['sallyport replay --allow .tmdb.org --without 12', 'one rule instead of another'],
    ['sallyport replay --file sallyport.yaml --since 30d', 'before `sallyport apply`'],
    ['sallyport replay --only --preset plex-core --since 30d', 'whether a preset alone would do'],
  ],
  async run(context) {
    const { client, values, during } = context;
    const without = listOption(values, 'without')?.map((text) => {
      if (!/^[1-9]\d{0,14}$/.test(text)) throw new UsageError(`--without wants ids of rules, not ${text}`);
      return Number(text);
    });
    const path = textOption(values, 'file');
    const body = {
      group: await chooseGroup(client, textOption(values, 'group')),
      ...listed('allow', listOption(values, 'allow')),
      ...listed('deny', listOption(values, 'deny')),
      ...listed('presets', listOption(values, 'preset')),
      ...listed('types', listOption(values, 'types')),
      ...listed('without', without),
      ...(path === undefined ? {} : { file: readConfiguration(path) }),
      ...listed('since', textOption(values, 'since')),
      only: values['only'] === true,
    };
    const result = await during('Replaying', client.send('POST', '/replay', body, ReplayResult));
    return { data: result, text: show(result) };
  },
};

const listed = (key: string, value: unknown) => (value === undefined ? {} : { [key]: value });

function show(result: ReplayResult): string {
  const { group, since, queries, names, closes, opens } = result;
  return paragraphs(
    `${count(queries, 'question')} of ${group} for ${count(names, 'name')} since ${localTime(since)}, replayed. Nothing was changed.`,
    part('REFUSED INSTEAD', result.newlyRefused, result.newlyRefusedNames) ||
      'Nothing that is answered now would be refused.',
    part('ANSWERED INSTEAD', result.newlyAllowed, result.newlyAllowedNames),
    closes.length === 0
      ? ''
      : `${count(closes.length, 'open address', 'open addresses')} would close: ${some(closes)}`,
    opens.length === 0 ? '' : `Would open, as far as the log knows: ${some(opens)}`,
  );
}

function part(title: string, names: ReplayResult['newlyRefused'], all: number): string {
  const rows = names
    .slice(0, SHOWN)
    .map((one) => [
      one.name,
      one.types.join(','),
      String(one.count),
      one.clients.join(' '),
      localTime(one.lastAt),
      one.rule === undefined ? one.reason : `${one.rule.action} ${one.rule.pattern}`,
    ]);
  const more = all - rows.length;
  return paragraphs(
    table([title, 'TYPE', 'TIMES', 'BY', 'LAST', 'WHY'], rows),
    more > 0 ? `${count(more, 'more name')}, with --json.` : '',
  );
}

function some(addresses: readonly string[]): string {
  const more = addresses.length - SHOWN;
  return printable(`${addresses.slice(0, SHOWN).join(' ')}${more > 0 ? ` and ${more} more` : ''}`);
}

/** Lines a person reads; --json has the rest. */
const SHOWN = 30;
