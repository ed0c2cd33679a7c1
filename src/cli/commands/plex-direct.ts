import { type Group, GroupEffect, Group as GroupSchema, PlexDirectFound } from '../../api/contract/groups.ts';
import {
  type Command,
  type Context,
  listOption,
  type Output,
  oneWord,
  textOption,
  UsageError,
} from '../command.ts';
import { paragraphs, printable, table } from '../format.ts';
import { chooseGroup } from './choose-group.ts';
import { effectText } from './effect.ts';

type PlexDirect = Group['plexDirect'];

export const plexDirect: Command = {
  summary: 'whose names below plex.direct are answered',
  usage:
    '[find [ADDRESS]] [--group GROUP] [--add HASH] [--own ADDRESS] [--remove HASH] [--disown ADDRESS] [--share HASH --address LIST [--note TEXT]] [--unshare HASH]',
  options: {
    group: { type: 'string', short: 'g' },
    add: { type: 'string' },
    own: { type: 'string' },
    remove: { type: 'string' },
    disown: { type: 'string' },
    share: { type: 'string' },
    address: { type: 'string' },
    note: { type: 'string', short: 'n' },
    unshare: { type: 'string' },
  },
  explain: {
    '--group GROUP': 'which group; may be left out when there is one',
    '--add HASH': 'a server of yours: the 32 hex digits before .plex.direct',
    '--own ADDRESS': 'an address or network its names may say',
    '--remove HASH': 'no longer yours',
    '--disown ADDRESS': 'no longer an address of yours',
    '--share HASH': 'a server of somebody else that is shared with you; with --address',
    '--address LIST': 'its public addresses: its names may say them, and they are opened',
    '--note TEXT': 'with --share: whose it is',
    '--unshare HASH': 'no longer shared: its addresses are closed',
  },
  examples: [
    ['sallyport plex-direct', 'what is answered now'],
    ['sallyport plex-direct find', 'ask the hosts of the group for the hash of their Plex server'],
    ['sallyport plex-direct find 192.168.20.5', 'ask that one; a port may stand behind a colon'],
    ['sallyport plex-direct --add 0123456789abcdef0123456789abcdef --own 192.168.20.5', 'a server of yours'],
    [
      'sallyport plex-direct --share 0123456789abcdef0123456789abcdef --address 203.0.113.9 --note "Bo\'s server"',
      'a server shared with you',
    ],
  ],
  async run(context) {
    const { client, words, values } = context;
    const [verb, ...rest] = words;
    if (verb !== undefined && verb !== 'find')
      throw new UsageError(`not something to do with plex.direct: ${verb}; find`);
    const name = await chooseGroup(client, textOption(values, 'group'));
    if (verb === 'find') return find(context, name, rest);
    const path = `/groups/${encodeURIComponent(name)}`;
    const group = await client.get(path, GroupSchema);
    const change = changeOf(context, group.plexDirect);
    if (change === undefined) return { data: group.plexDirect, text: describe(group) };
    const done = await client.send('PATCH', path, { plexDirect: change }, GroupEffect);
    return { data: done, text: `${describe(done.group)}\n${effectText(done.effect)}` };
  },
};

async function find(
  { client, values, during }: Context,
  group: string,
  words: readonly string[],
): Promise<Output> {
  const others = Object.keys(values).filter((key) => !['group', 'json', 'help', 'data-dir'].includes(key));
  if (others.length > 0) throw new UsageError(`find changes nothing: leave out --${others.join(', --')}`);
  const server = words.length === 0 ? undefined : oneWord(words, 'the address of the server');
  const asked = client.send(
    'POST',
    `/groups/${encodeURIComponent(group)}/plex-direct/find`,
    server === undefined ? {} : { server },
    PlexDirectFound,
  );
  const found = await during('Asking what is at the port of Plex', asked);
  const hashes = [...new Set(found.items.flatMap((one) => one.hashes))];
  return {
    data: found,
    text: paragraphs(
      found.items.map(({ sentence }) => printable(sentence)).join('\n'),
      howToAdd(found, group, hashes),
    ),
    failed: hashes.length === 0,
  };
}

function howToAdd({ items, proposal }: PlexDirectFound, group: string, hashes: readonly string[]): string {
  if (hashes.length === 0) return '';
  if (proposal === undefined) return 'Nothing to do: the group has it.';
  const lines = items.flatMap((one) =>
    one.hashes.map(
      (hash) =>
        `  sallyport plex-direct --group ${group} --add ${hash} --own ${one.server.replace(/^\[?(.*?)\]?:\d+$/, '$1')}`,
    ),
  );
  return [
    'If that is the hash your server has (its apps show it in the address of a secure connection), add it:',
    ...lines.map(printable),
  ].join('\n');
}

/** Undefined: nothing is to change. */
function changeOf({ values }: Context, before: PlexDirect): Partial<PlexDirect> | undefined {
  const hashOption = (name: string) => textOption(values, name)?.trim().toLowerCase();
  const [add, remove, share, unshare] = ['add', 'remove', 'share', 'unshare'].map(hashOption);
  const [own, disown] = [textOption(values, 'own'), textOption(values, 'disown')];
  const addresses = listOption(values, 'address');
  const note = textOption(values, 'note');
  if ((share === undefined) !== (addresses === undefined))
    throw new UsageError('--share goes with --address, the public addresses of the server');
  if (note !== undefined && share === undefined) throw new UsageError('--note goes with --share');
  assertKnown(before.hashes, remove, 'hash of yours');
  assertKnown(before.ownAddresses, disown, 'address of yours');
  assertKnown(
    before.shared.map(({ hash }) => hash),
    unshare,
    'hash of a shared server',
  );

  const change: Partial<PlexDirect> = {
    ...(add === undefined && remove === undefined ? {} : { hashes: changed(before.hashes, { add, remove }) }),
    ...(own === undefined && disown === undefined
      ? {}
      : { ownAddresses: changed(before.ownAddresses, { add: own, remove: disown }) }),
    ...(share === undefined && unshare === undefined
      ? {}
      : {
          shared: [
            ...before.shared.filter(({ hash }) => hash !== share && hash !== unshare),
            ...(share === undefined
              ? []
              : [{ hash: share, addresses: [...(addresses ?? [])], note: note ?? '' }]),
          ],
        }),
  };
  return Object.keys(change).length === 0 ? undefined : change;
}

function changed(
  list: readonly string[],
  { add, remove }: { readonly add: string | undefined; readonly remove: string | undefined },
): string[] {
  const kept = list.filter((one) => one !== remove);
  return add === undefined || kept.includes(add) ? kept : [...kept, add];
}

function assertKnown(list: readonly string[], one: string | undefined, what: string): void {
  if (one === undefined || list.includes(one)) return;
  throw new UsageError(
    `${one} is no ${what}; there ${list.length === 0 ? 'is none' : `are ${list.join(', ')}`}`,
  );
}

function describe({ name, plexDirect: { hashes, ownAddresses, shared } }: Group): string {
  if (hashes.length + shared.length === 0)
    return printable(`No name below plex.direct is answered in ${name}.`);
  const rows = [
    ...hashes.map((hash) => [hash, 'yours', ownAddresses.join(' ') || '(none: no name is answered)', '']),
    ...shared.map(({ hash, addresses, note }) => [hash, 'shared', addresses.join(' '), note]),
  ];
  return paragraphs(
    printable(`Answered below plex.direct in ${name}:`),
    table(['SERVER', 'WHOSE', 'ADDRESSES', 'NOTE'], rows),
  );
}
