import { isIP } from 'node:net';
import { Explained, type ExplainedName, type Explanation } from '../../api/contract/explain.ts';
import { type Command, oneWord, query, textOption } from '../command.ts';
import { paragraphs, printable, table } from '../format.ts';

export const explain: Command = {
  summary: 'what a name or an address is, who needs it, and what breaks without it',
  usage: 'NAME|ADDRESS [--group GROUP]',
  options: { group: { type: 'string', short: 'g' } },
  explain: { '--group GROUP': 'whether this group has it; all groups if nothing is said' },
  examples: [
    ['sallyport explain servers.plex.tv', 'what it is for, and whether the groups allow it'],
    [
      'sallyport explain 172.104.145.70',
      'the names that led to it, and what is reached there without a name',
    ],
  ],
  async run({ client, words, values }) {
    const subject = oneWord(words, 'a name or an address');
    const asked = isIP(subject) === 0 ? { name: subject } : { address: subject };
    const data = await client.get(
      `/explain${query({ ...asked, group: textOption(values, 'group') })}`,
      Explained,
    );
    return { data, text: show(data) };
  },
};

/** One line for a column: 'Plex Media Server: core, required'. */
export function knownAs({ title, need, refused }: Explanation): string {
  return refused ? `${title}: refused on purpose` : `${title}, ${need}`;
}

/** What it is, what breaks without it, and who else is at its addresses. */
export function knownText(known: Explanation): string {
  const { why, breaks, addresses } = known;
  return `Known as: ${knownAs(known)}. ${why} Without it: ${breaks} ${addresses.sentence}`;
}

function show({ name, address }: Explained): string {
  if (name !== undefined) return nameText(name);
  if (address === undefined) return '';
  return paragraphs(
    printable(address.sentence),
    ...address.unnamed.map(({ title, what, breaks, remedy }) =>
      printable(`${what} (${title}). Without it: ${breaks} ${remedy}`),
    ),
    ...address.names.map((one) => `${one.open ? 'Open now for: ' : 'Before: '}${nameText(one)}`),
  );
}

function nameText(one: ExplainedName): string {
  const sources = [...new Set(one.presets.flatMap((preset) => preset.sources))];
  return paragraphs(
    printable(one.sentence),
    [
      ...(one.note === undefined ? [] : [one.note]),
      ...(one.ports.length === 0 ? [] : [`Ports: ${one.ports.join(' ')}`]),
      ...one.groups.map((group) => `${group.group}: ${verdictText(group)}`),
    ]
      .map(printable)
      .join('\n'),
    table(
      ['PRESET', 'AS', 'NEED', 'WITHOUT IT', 'TAKEN BY'],
      one.presets.map(({ id, pattern, need, breaks, groups }) => [
        id,
        pattern,
        need,
        breaks,
        groups.join(', ') || '-',
      ]),
    ),
    sources.length === 0
      ? ''
      : printable(`Known from (${one.confidence}):`).concat(
          ...sources.map((source) => `\n  ${printable(source)}`),
        ),
  );
}

function verdictText({ allowed, denied, rule, sentence }: ExplainedName['groups'][number]): string {
  if (sentence !== undefined) return sentence;
  const by = rule === undefined ? '' : ` by rule ${rule.id} ${rule.action} ${rule.pattern}`;
  if (allowed) return `allowed${by}`;
  return denied ? `refused${by}` : `not allowed${rule === undefined ? ': no rule' : ` for its types${by}`}`;
}
