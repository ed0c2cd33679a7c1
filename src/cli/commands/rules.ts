import { RuleBulkEffect, RuleEffect, RuleList, type RuleView } from '../../api/contract/rules.ts';
import {
  type Command,
  type Context,
  listOption,
  type Output,
  oneWord,
  query,
  textOption,
  UsageError,
} from '../command.ts';
import { paragraphs, printable, relativeTime, table } from '../format.ts';
import { chooseGroup } from './choose-group.ts';
import { effectText } from './effect.ts';
import { endOption } from './period.ts';

const RULE_OPTIONS = {
  group: { type: 'string', short: 'g' },
  for: { type: 'string' },
  until: { type: 'string' },
  note: { type: 'string', short: 'n' },
} as const;
const EXPLAIN = {
  '--group GROUP': 'which group; may be left out when there is one',
  '--until TIME': 'until then: 2026-12-31 (its end, UTC), "3 December 2026", 2h, 3d',
  '--note TEXT': 'why, for whoever reads the list in a year',
};

export const allow: Command = {
  summary: 'let a name through: fifteen minutes unless you say longer',
  usage:
    'NAME [--for 15m|1h|7d|always] [--until TIME] [--group GROUP] [--types A,AAAA] [--warm] [--note TEXT]',
  options: {
    ...RULE_OPTIONS,
    types: { type: 'string' },
    warm: { type: 'boolean' },
    private: { type: 'boolean' },
  },
  explain: {
    '--for TIME': 'how long, for example 15m (if nothing is said), 24h, 7d, always',
    ...EXPLAIN,
    '--types LIST': 'record types, if not A and AAAA',
    '--warm': 'keep its addresses open ahead of the question',
    '--private': 'let private addresses of this public name through',
  },
  examples: [
    ['sallyport allow image.tmdb.org', 'that name, for 15 minutes'],
    ['sallyport allow .plex.tv --for always', 'plex.tv and everything below it, for good'],
    ["sallyport allow '*.example.org' --for 24h", 'everything below example.org, not itself'],
  ],
  async run(context) {
    const { values } = context;
    const untilSaid = textOption(values, 'until') !== undefined;
    const body = {
      allow: oneWord(context.words, 'the name'),
      ...(await commonBody(context)),
      ...(untilSaid ? {} : { for: textOption(values, 'for') ?? '15m' }),
      ...(values['types'] === undefined ? {} : { types: listOption(values, 'types') }),
      ...(values['warm'] === true ? { warm: 'always' } : {}),
      ...(values['private'] === true ? { private: true } : {}),
    };
    return addRule(context, body);
  },
};

export const deny: Command = {
  summary: 'refuse a name, also where a wider rule allows it',
  usage: 'NAME [--for TIME] [--until TIME] [--group GROUP] [--note TEXT]',
  options: RULE_OPTIONS,
  explain: { '--for TIME': 'how long; for good if nothing is said', ...EXPLAIN },
  examples: [
    ['sallyport deny analytics.plex.tv', 'that name, for good'],
    ['sallyport deny .example.org --for 1h', 'and everything below it, for an hour'],
  ],
  async run(context) {
    const duration = textOption(context.values, 'for');
    const body = {
      deny: oneWord(context.words, 'the name'),
      ...(await commonBody(context)),
      ...(duration === undefined ? {} : { for: duration }),
    };
    return addRule(context, body);
  },
};

export const rules: Command = {
  summary: 'the rules in force',
  usage: '[--group GROUP]',
  options: { group: { type: 'string', short: 'g' } },
  explain: { '--group GROUP': 'of this group only' },
  examples: [['sallyport rules --group plex', 'with their numbers, for `sallyport end`']],
  async run({ client, values, now }) {
    const list = await client.get(`/rules${query({ group: textOption(values, 'group') })}`, RuleList);
    const rows = list.items.map((rule) => [
      String(rule.id),
      rule.group,
      rule.action,
      rule.pattern,
      rule.types.join(','),
      rule.expiresAt === undefined ? 'stays' : `ends ${relativeTime(rule.expiresAt, now)}`,
      rule.createdBy,
      rule.note,
    ]);
    const text = table(['ID', 'GROUP', 'RULE', 'PATTERN', 'TYPES', 'ENDS', 'BY', 'NOTE'], rows);
    return { data: list, text: text || 'No rule is in force.' };
  },
};

export const end: Command = {
  summary: 'end a rule; what only it had opened is closed at once',
  usage: 'ID...',
  examples: [
    ['sallyport end 12', 'rule 12 of `sallyport rules`'],
    ['sallyport end 12 17 31', 'all of them or none, taken back by one `sallyport audit revert`'],
  ],
  async run({ client, words, now }) {
    const wrong = words.find((word) => !/^\d{1,15}$/.test(word));
    if (wrong !== undefined) throw new UsageError(`not the number of a rule: ${wrong}; see sallyport rules`);
    if (words.length > 1) {
      const bulk = { ids: words.map(Number), action: 'end' };
      const done = await client.send('POST', '/rules/bulk', bulk, RuleBulkEffect);
      const lines = done.rules.map((rule) => `Ended: ${describe(rule, now)}`);
      return { data: done, text: [...lines, effectText(done.effect)].join('\n') };
    }
    const id = oneWord(words, 'the number of the rule');
    const done = await client.send('DELETE', `/rules/${id}`, undefined, RuleEffect);
    return { data: done, text: `Ended: ${describe(done.rule, now)}\n${effectText(done.effect)}` };
  },
};

async function commonBody({ client, values, now }: Context) {
  const until = endOption(textOption(values, 'until'), now);
  if (until !== undefined && textOption(values, 'for') !== undefined) {
    throw new UsageError('give --for or --until, not both');
  }
  return {
    group: await chooseGroup(client, textOption(values, 'group')),
    note: textOption(values, 'note') ?? '',
    ...(until === undefined ? {} : { until }),
  };
}

async function addRule({ client, now }: Context, body: object): Promise<Output> {
  const done = await client.send('POST', '/rules', body, RuleEffect);
  const longer =
    done.rule.action === 'allow' && done.rule.expiresAt !== undefined
      ? 'To keep it: the same with --for always.'
      : '';
  return {
    data: done,
    text: paragraphs(`${describe(done.rule, now)}\n${effectText(done.effect)}`, longer),
  };
}

function describe(rule: RuleView, now: number): string {
  const ends =
    rule.expiresAt === undefined ? 'until you end it' : `ends ${relativeTime(rule.expiresAt, now)}`;
  return printable(
    `${rule.action === 'allow' ? 'Allowed' : 'Denied'} for ${rule.group}: ${rule.pattern} (${ends}, rule ${rule.id})`,
  );
}
