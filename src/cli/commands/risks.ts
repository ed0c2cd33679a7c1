import { RiskOfAddress, RuleRisks } from '../../api/contract/risks.ts';
import { type Command, query, textOption, UsageError } from '../command.ts';
import { paragraphs, printable, table } from '../format.ts';

export const risks: Command = {
  summary: 'how far open addresses reach beyond the names they are open for',
  usage: '[ADDRESS] [--group GROUP] [--rule ID]',
  options: { group: { type: 'string', short: 'g' }, rule: { type: 'string' } },
  explain: {
    ADDRESS: 'this one only; without it, every rule that has an address open',
    '--group GROUP': 'of this group only',
    '--rule ID': 'this rule, with its riskiest addresses',
  },
  examples: [
    ['sallyport risks', 'every rule, the riskiest first'],
    [
      'sallyport risks --rule 12',
      'its addresses, whose networks they are in, and what is new since last month',
    ],
    ['sallyport risks 104.18.26.211', 'who else is behind one address'],
  ],
  async run({ client, words, values, during }) {
    const [address, ...more] = words;
    const [group, rule] = [textOption(values, 'group'), textOption(values, 'rule')];
    if (more.length > 0) throw new UsageError(`too many words: ${more.join(' ')}`);
    if (rule !== undefined && !/^[1-9]\d{0,14}$/.test(rule))
      throw new UsageError(`not the number of a rule: ${rule}; see sallyport rules`);
    if (address !== undefined) {
      if (group !== undefined || rule !== undefined)
        throw new UsageError('give an address, or --group and --rule, not both');
      const risk = await client.get(`/leases/${encodeURIComponent(address)}/risk`, RiskOfAddress);
      return { data: risk, text: showAddress(risk) };
    }
    const found = await during('Reading', client.get(`/risks${query({ group, rule })}`, RuleRisks));
    return { data: found, text: rule === undefined ? showAll(found) : showRules(found) };
  },
};

function showAddress({ address, score, sentence, names, sources }: RiskOfAddress): string {
  return paragraphs(
    printable(`${address}: ${score} of 100. ${sentence}`),
    names.length === 0 ? '' : printable(`Seen there too: ${names.join(' ')}`),
    sources,
  );
}

function showAll({ items, sources }: RuleRisks): string {
  const rows = items.map(({ score, group, rule, addresses, sentence }) => [
    String(score),
    group,
    rule === undefined ? 'learning' : `${rule.id} ${rule.pattern}`,
    String(addresses),
    sentence,
  ]);
  return rows.length === 0
    ? 'No rule has an address open.'
    : paragraphs(table(['RISK', 'GROUP', 'RULE', 'ADDRESSES', 'WHY'], rows), sources);
}

function showRules({ items, sources }: RuleRisks): string {
  if (items.length === 0) return 'The rule has no address open.';
  return paragraphs(
    ...items.map(({ score, sentence, worst, change }) =>
      paragraphs(
        printable(`${score} of 100: ${sentence}`),
        change === undefined ? '' : `${change.newAddresses} of its addresses are new since last month.`,
        table(
          ['RISK', 'ADDRESS', 'WHY'],
          worst.map((one) => [String(one.score), one.address, one.sentence]),
        ),
      ),
    ),
    sources,
  );
}
