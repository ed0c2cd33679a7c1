import { Empty } from '../../api/contract/common.ts';
import { TokenCreated, TokenList } from '../../api/contract/tokens.ts';
import { type Command, oneWord, textOption, UsageError } from '../command.ts';
import { paragraphs, relativeTime, table } from '../format.ts';

export const tokens: Command = {
  summary: 'keys for scripts and dashboards',
  usage: '[add NAME [--role ROLE] [--for DURATION] | revoke ID]',
  options: { role: { type: 'string' }, for: { type: 'string' } },
  explain: {
    '--role ROLE': 'viewer (default), approver or admin',
    '--for DURATION': 'how long it is good for, for example 30d (default 90d), or always',
  },
  examples: [
    ['sallyport tokens', 'name, role, when and from where last used'],
    ['sallyport tokens add homepage --for always', 'prints the token once'],
    ['sallyport tokens revoke 3', 'opens nothing from the next request on'],
  ],
  async run({ client, words, values, now }) {
    const [what, ...rest] = words;
    if (what === undefined) {
      const all = await client.get('/tokens', TokenList);
      const rows = all.items.map((token) => [
        String(token.id),
        token.name,
        `${token.prefix}…`,
        token.worth === token.role ? token.role : `${token.role}, now ${token.worth} (as ${token.createdBy})`,
        token.expired
          ? 'expired'
          : token.expiresAt === undefined
            ? 'never'
            : relativeTime(token.expiresAt, now),
        token.usedAt === undefined ? 'never' : `${relativeTime(token.usedAt, now)} from ${token.usedFrom}`,
      ]);
      const text = table(['ID', 'NAME', 'TOKEN', 'ROLE', 'ENDS', 'USED'], rows) || 'There are none.';
      return { data: all, text };
    }
    if (what === 'add') {
      const role = textOption(values, 'role');
      const time = textOption(values, 'for');
      const body = {
        name: oneWord(rest, 'NAME'),
        ...(role === undefined ? {} : { role }),
        ...(time === undefined ? {} : { for: time }),
      };
      const made = await client.send('POST', '/tokens', body, TokenCreated);
      return {
        data: made,
        text: paragraphs(made.secret, 'It is not shown again; only its hash is kept.'),
      };
    }
    if (what !== 'revoke') throw new UsageError(`not something to do with tokens: ${what} (add, revoke)`);
    const id = oneWord(rest, 'ID');
    await client.send('DELETE', `/tokens/${encodeURIComponent(id)}`, undefined, Empty);
    return { data: { id }, text: 'The token opens nothing any more.' };
  },
};
