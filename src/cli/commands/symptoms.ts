import { type Symptom, SymptomList } from '../../api/contract/symptoms.ts';
import { type Command, query, textOption } from '../command.ts';
import { paragraphs, printable, printableLines, relativeTime, table, withLocalTimes } from '../format.ts';
import { chooseGroup } from './choose-group.ts';

export const symptoms: Command = {
  summary: 'what you see, which names and addresses that points to, and what became of them',
  usage: '[WORDS] [--group GROUP] [--since 24h]',
  options: { group: { type: 'string', short: 'g' }, since: { type: 'string', short: 's' } },
  explain: {
    '--group GROUP': 'of this group; may be left out when there is one',
    '--since TIME': 'how far back to look (24h)',
  },
  examples: [
    ['sallyport symptoms', 'all that are known'],
    ['sallyport symptoms codec', 'playback says that a codec could not be installed'],
    ['sallyport symptoms "remote access" --since 7d', 'with what happened in a week'],
  ],
  async run({ client, words, values, now }) {
    const asked = words.join(' ');
    const group =
      asked === '' && values['group'] === undefined
        ? undefined
        : await chooseGroup(client, textOption(values, 'group'));
    const data = await client.get(
      `/symptoms${query({ q: asked, group, since: textOption(values, 'since') })}`,
      SymptomList,
    );
    return { data, text: show(data.items, now) };
  },
};

function show(items: readonly Symptom[], now: number): string {
  if (items.length === 0)
    return 'No symptom has all these words. Fewer of them, or without any for the whole list: sallyport symptoms';
  if (items.length > TOLD_IN_FULL) {
    return paragraphs(
      table(
        ['SYMPTOM', 'WHAT YOU SEE', 'NAMES', 'VERDICT'],
        items.map(({ id, title, names, look }) => [
          id,
          title,
          names.join(' ') || '-',
          look === undefined ? '' : look.verdict,
        ]),
      ),
      'More of one: sallyport symptoms WORDS',
    );
  }
  return paragraphs(...items.map((one) => oneText(one, now)));
}

function oneText({ title, look, elsewhere, names }: Symptom, now: number): string {
  if (look === undefined) return printableLines(`${title}\nLook at: ${names.join(' ')}`);
  return paragraphs(
    printable(title),
    table(
      ['NAME', 'ALLOWED', 'ASKED', 'REFUSED', 'OPEN'],
      look.names.map((one) => [
        one.name,
        one.allowed ? 'yes' : 'no',
        one.asked === undefined ? 'not asked' : `${one.asked.count}x, ${relativeTime(one.asked.lastAt, now)}`,
        one.refused === undefined ? '-' : `${one.refused.count}x, ${relativeTime(one.refused.lastAt, now)}`,
        String(one.open),
      ]),
    ),
    table(
      ['REACHED WITHOUT A NAME', 'OPEN', 'WITHOUT IT'],
      look.unnamed.map(({ what, open, addresses, breaks }) => [what, `${open} of ${addresses}`, breaks]),
    ),
    [
      `${look.group}: ${withLocalTimes(look.sentence)}`,
      ...(look.remedy === undefined ? [] : [`What to do: ${look.remedy}`]),
      ...elsewhere.map((one) => `Else: ${one}`),
    ]
      .map(printable)
      .join('\n'),
  );
}

/** More are told in a line each. */
const TOLD_IN_FULL = 5;
