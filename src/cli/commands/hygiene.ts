import { HygieneReport } from '../../api/contract/hygiene.ts';
import { type Command, query, textOption } from '../command.ts';
import { count, localTime, paragraphs, printable, relativeTime, table } from '../format.ts';
import { chooseGroup } from './choose-group.ts';

export const hygiene: Command = {
  summary: 'rules that could be tidied up: unused, too wide, never resolved, temporary again and again',
  usage: '[--group GROUP] [--all]',
  options: { group: { type: 'string', short: 'g' }, all: { type: 'boolean', short: 'a' } },
  explain: {
    '--group GROUP': 'which group; may be left out when there is one',
    '--all': 'every rule with its first and last use, and how long it was watched',
  },
  examples: [
    ['sallyport hygiene', 'what could be tidied up, each with its remedy'],
    ['sallyport hygiene --all', 'when each rule was last used'],
  ],
  async run({ client, values, now, during }) {
    const group = await chooseGroup(client, textOption(values, 'group'));
    const report = await during('Reading', client.get(`/hygiene${query({ group })}`, HygieneReport));
    return {
      data: report,
      text: paragraphs(findings(report), values['all'] === true ? uses(report, now) : '', watched(report)),
    };
  },
};

function findings({ group, findings: found, rules }: HygieneReport): string {
  if (found.length === 0) return `Nothing to tidy up in ${count(rules.length, 'rule')} of ${group}.`;
  return paragraphs(
    ...found.map(
      ({ kind, sentence, remedy }) => `${printable(`${kind}: ${sentence}`)}\n  ${printable(remedy)}`,
    ),
  );
}

function uses({ rules }: HygieneReport, now: number): string {
  const rows = rules.map(({ rule, state, uses: times, names, firstAt, lastAt, watchedDays }) => [
    String(rule.id),
    rule.action,
    rule.pattern,
    state,
    String(times),
    String(names),
    firstAt === undefined ? '' : relativeTime(firstAt, now),
    lastAt === undefined ? '' : relativeTime(lastAt, now),
    count(watchedDays, 'day'),
  ]);
  return table(['ID', 'RULE', 'PATTERN', 'USE', 'TIMES', 'NAMES', 'FIRST', 'LAST', 'WATCHED'], rows);
}

function watched({ countedSince, rules }: HygieneReport): string {
  const young = rules.filter(({ state }) => state === 'not-watched-long-enough').length;
  return [
    countedSince === undefined
      ? 'No answer was counted yet.'
      : `Answers are counted since ${localTime(countedSince)}.`,
    young === 0 ? '' : `${count(young, 'rule')} not used yet, and watched for less than 30 days.`,
  ]
    .filter((line) => line !== '')
    .join(' ');
}
