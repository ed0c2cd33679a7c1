import { isIP } from 'node:net';
import { Why } from '../../api/contract/why.ts';
import { type Command, oneWord, query, textOption } from '../command.ts';
import { paragraphs, printable, relativeTime, table } from '../format.ts';

export const why: Command = {
  summary: 'why is a name refused, or an address open',
  usage: 'NAME|ADDRESS [--group GROUP]',
  options: { group: { type: 'string', short: 'g' } },
  explain: { '--group GROUP': 'in this group only' },
  examples: [
    ['sallyport why image.tmdb.org', 'the rule, or the lack of one'],
    ['sallyport why 104.18.26.211', 'every time it was open, and for which name'],
  ],
  async run({ client, words, values, now }) {
    const subject = oneWord(words, 'a name or an address');
    const group = textOption(values, 'group');
    const asked = isIP(subject) === 0 ? { name: subject } : { address: subject };
    const answer = await client.get(`/why${query({ ...asked, group })}`, Why);
    return { data: answer, text: show(answer, now) };
  },
};

function show({ names = [], address }: Why, now: number): string {
  const parts = names.map((one) =>
    paragraphs(
      [
        `${one.group}: ${one.sentence}`,
        `${one.enforcement.sentence}.`,
        ...(one.rule === undefined ? [] : [`Rule ${one.rule.id}: ${one.rule.action} ${one.rule.pattern}`]),
        ...(one.catalog === undefined ? [] : [`Known as: ${one.catalog.title}. ${one.catalog.why}`]),
        ...(one.addresses.length === 0 ? [] : [`Open for it: ${one.addresses.join(' ')}`]),
      ]
        .map(printable)
        .join('\n'),
      table(
        ['ASKED', 'BY', 'TYPE', 'VERDICT', 'WHY'],
        one.lastQueries.map((q) => [relativeTime(q.at, now), q.client, q.type, q.verdict, q.reason]),
      ),
    ),
  );
  if (address !== undefined) {
    const rows = address.leases.map((lease) => [
      lease.name,
      lease.group,
      lease.rule === undefined ? lease.cause : `${lease.cause}, rule ${lease.rule.id} ${lease.rule.pattern}`,
      lease.approvedBy ?? '',
      lease.startedAt,
      lease.endedAt === undefined ? 'open' : `${lease.endedAt} (${lease.endCause ?? ''})`,
    ]);
    parts.push(
      paragraphs(printable(address.sentence), table(['NAME', 'GROUP', 'WHY', 'BY', 'FROM', 'TO'], rows)),
    );
  }
  return paragraphs(...parts) || 'No group asks for it.';
}
