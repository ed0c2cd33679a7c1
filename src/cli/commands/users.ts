import { Empty } from '../../api/contract/common.ts';
import { SessionList, UserList, UserView } from '../../api/contract/users.ts';
import { type Command, type Context, type Output, oneWord, textOption, UsageError } from '../command.ts';
import { printable, relativeTime, table } from '../format.ts';

const DOES = 'add, role, password, disable, enable, remove, no-second-factor';

export const users: Command = {
  summary: 'who may sign in, and as what',
  usage:
    '[add NAME [--role ROLE] | role NAME ROLE | password NAME | disable NAME | enable NAME | no-second-factor NAME | remove NAME]',
  options: { role: { type: 'string' } },
  explain: { '--role ROLE': 'viewer (reads), approver (allows refused names for a while) or admin' },
  examples: [
    ['sallyport users', 'everybody, with role, second factor and when last seen'],
    ['sallyport users add anna --role approver', 'asks for the password, without showing it'],
    ['sallyport users role anna admin', 'effective with the next request'],
    ['sallyport users disable anna', 'keeps anna out, also where a provider vouches for her'],
    ['sallyport users no-second-factor anna', 'for somebody who lost phone and recovery codes'],
  ],
  async run(context) {
    const [what, ...rest] = context.words;
    const { client } = context;
    const path = (name: string) => `/users/${encodeURIComponent(name)}`;
    switch (what) {
      case undefined:
        return list(context);
      case 'add': {
        const name = oneWord(rest, 'NAME');
        const password = await askPassword(context, `Password of ${name}`);
        const role = textOption(context.values, 'role');
        const body = { name, password, ...(role === undefined ? {} : { role }) };
        const made = await client.send('POST', '/users', body, UserView);
        return { data: made, text: `${made.name} may sign in as ${made.role}.` };
      }
      case 'role': {
        const [name, role, ...more] = rest;
        if (name === undefined || role === undefined || more.length > 0) {
          throw new UsageError('NAME and ROLE are needed: sallyport users role anna viewer');
        }
        const changed = await client.send('PATCH', path(name), { role }, UserView);
        return { data: changed, text: `${changed.name} is ${changed.role} now.` };
      }
      case 'password': {
        const name = oneWord(rest, 'NAME');
        const password = await askPassword(context, `New password of ${name}`);
        const changed = await client.send('PATCH', path(name), { password }, UserView);
        return { data: changed, text: `The password of ${name} is set; ${name} has to sign in anew.` };
      }
      case 'disable':
      case 'enable': {
        const name = oneWord(rest, 'NAME');
        const changed = await client.send('PATCH', path(name), { disabled: what === 'disable' }, UserView);
        const text = changed.disabled ? `${name} is signed out and stays out.` : `${name} may sign in again.`;
        return { data: changed, text };
      }
      case 'no-second-factor': {
        const name = oneWord(rest, 'NAME');
        await client.send('DELETE', `${path(name)}/second-factor`, undefined, Empty);
        return { data: { name }, text: `${name} signs in with the password only.` };
      }
      case 'remove': {
        const name = oneWord(rest, 'NAME');
        await client.send('DELETE', path(name), undefined, Empty);
        return { data: { name }, text: `${name} is removed and signed out; what ${name} allowed stays.` };
      }
      default:
        throw new UsageError(`not something to do with users: ${what} (${DOES})`);
    }
  },
};

export const sessions: Command = {
  summary: 'where people are signed in, and signing them out',
  usage: '[end ID]',
  examples: [
    ['sallyport sessions', 'who, from where, since when'],
    ['sallyport sessions end 1f0c5e9a2b3d4c5e', 'that browser has to sign in anew'],
  ],
  async run({ client, words, now }) {
    const [what, ...rest] = words;
    if (what === undefined) {
      const all = await client.get('/sessions', SessionList);
      const rows = all.items.map(({ id, user, from, lastSeenAt, userAgent }) => [
        id,
        user,
        from,
        relativeTime(lastSeenAt, now),
        printable(userAgent),
      ]);
      const text = table(['ID', 'WHO', 'FROM', 'LAST SEEN', 'WITH'], rows) || 'Nobody is signed in.';
      return { data: all, text };
    }
    if (what !== 'end') throw new UsageError(`not something to do with sessions: ${what} (end)`);
    const id = oneWord(rest, 'ID');
    await client.send('DELETE', `/sessions/${encodeURIComponent(id)}`, undefined, Empty);
    return { data: { id }, text: 'The session is over.' };
  },
};

async function list({ client, now }: Context): Promise<Output> {
  const all = await client.get('/users', UserList);
  const rows = all.items.map(({ name, role, secondFactor, lastSeenAt, provider, disabled }) => [
    name,
    disabled ? `${role} (disabled)` : role,
    provider === undefined ? (secondFactor ? 'yes' : 'no') : `at ${printable(provider)}`,
    lastSeenAt === undefined ? '' : relativeTime(lastSeenAt, now),
  ]);
  const text =
    table(['USER', 'ROLE', 'SECOND FACTOR', 'LAST SEEN'], rows) ||
    'Nobody can sign in yet: sallyport reset-password makes the admin.';
  return { data: all, text };
}

async function askPassword({ askSecret }: Context, prompt: string): Promise<string> {
  const password = await askSecret(`${prompt} (at least 10 characters): `);
  if (process.stdin.isTTY === true && (await askSecret('Once more: ')) !== password) {
    throw new UsageError('the two are not the same; nothing was changed');
  }
  return password;
}
