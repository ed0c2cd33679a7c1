import { LearnReport } from '../../api/contract/learn.ts';
import { type Command, query, textOption } from '../command.ts';
import { count, localTime, paragraphs, printable, relativeTime, table } from '../format.ts';
import { chooseGroup } from './choose-group.ts';

export const report: Command = {
  summary: 'what a group asked while it learns, and which rules that speaks for',
  usage: '[--group GROUP] [--since 48h]',
  options: { group: { type: 'string', short: 'g' }, since: { type: 'string', short: 's' } },
  explain: {
    '--group GROUP': 'which group; may be left out when there is one',
    '--since TIME': 'how far back; since the group learns if nothing is said',
  },
  examples: [
    ['sallyport report', 'by software and by domain, with a suggested rule set'],
    ['sallyport report --group plex --since 48h --json', 'everything, for a script'],
  ],
  async run(context) {
    const { values, now } = context;
    const found = await fetchReport(context, textOption(values, 'group'), textOption(values, 'since'));
    return { data: found, text: show(found, now) };
  },
};

export async function fetchReport(
  { client, during }: Pick<Parameters<Command['run']>[0], 'client' | 'during'>,
  named: string | undefined,
  since: string | undefined,
): Promise<LearnReport> {
  const group = await chooseGroup(client, named);
  const path = `/groups/${encodeURIComponent(group)}/report${query({ since })}`;
  return during('Reading what was asked', client.get(path, LearnReport));
}

function show(found: LearnReport, now: number): string {
  const { group, mode, since, queries, names, presets, domains, lastDay, suggestion } = found;
  const offered = suggestion.rules.filter((rule) => !rule.selected);
  return paragraphs(
    `${group} (${mode}) asked ${count(queries, 'question')} for ${count(names, 'name')} since ${localTime(since)}.`,
    table(
      ['SOFTWARE', 'NAMES SEEN', 'REQUIRED ONES', ''],
      presets.map((one) => [
        one.title,
        `${one.seen} of ${one.entries}`,
        one.required === 0 ? '-' : `${one.requiredSeen} of ${one.required}`,
        one.isRecognised ? 'recognised' : '',
      ]),
    ),
    table(
      ['OTHER NAMES', 'TIMES', 'DAYS', 'LAST', 'BY'],
      domains
        .flatMap((one) => one.names)
        .slice(0, SHOWN)
        .map((one) => [
          one.name,
          String(one.count),
          String(one.days),
          relativeTime(one.lastAt, now),
          one.clients.join(' '),
        ]),
    ),
    ruleTable(
      'SUGGESTED',
      suggestion.rules.filter((rule) => rule.selected),
    ),
    ruleTable('FOR YOU TO DECIDE', offered),
    table(
      ['NOT SUGGESTED', 'TIMES', 'BECAUSE'],
      suggestion.leftOut.slice(0, SHOWN).map((one) => [one.name, String(one.count), becauseOf(one)]),
    ),
    lastDay.sentence,
    mode === 'enforce'
      ? ''
      : printable(
          `To enforce it: sallyport enforce --group ${group} --suggested${offered.length > 0 ? ' --rules NAME,NAME' : ''}`,
        ),
  );
}

export function ruleTable(title: string, rules: LearnReport['suggestion']['rules']): string {
  return table(
    [title, 'TYPES', 'TIMES', 'WHY'],
    rules.map((rule) => [rule.pattern, rule.types.join(','), String(rule.count), rule.why]),
  );
}

function becauseOf({ code, why, risks }: LearnReport['suggestion']['leftOut'][number]): string {
  return risks.length === 0
    ? why
    : `${code === 'risky' ? '' : `${why}; `}RISKY: ${risks.map((risk) => risk.sentence).join(' ')}`;
}

/** Lines a person reads; --json has the rest. */
const SHOWN = 40;
