import {
  type Group,
  GroupEffect,
  GroupList,
  Group as GroupSchema,
  HostList,
} from '../../api/contract/groups.ts';
import { type Command, listOption, oneWord, textOption, UsageError } from '../command.ts';
import { paragraphs, printable, relativeTime, table } from '../format.ts';
import { chooseGroup } from './choose-group.ts';
import { effectText } from './effect.ts';

const path = (name: string, rest = '') => `/groups/${encodeURIComponent(name)}${rest}`;

export const groups: Command = {
  summary: 'the groups of protected hosts',
  usage: '',
  examples: [['sallyport groups', 'with their mode and what is enforced']],
  async run({ client, now }) {
    const list = await client.get('/groups', GroupList);
    const rows = list.items.map((one) => [
      one.name,
      mode(one, now),
      one.clients.join(' '),
      one.enforcement.sentence,
    ]);
    return {
      data: list,
      text:
        table(['GROUP', 'MODE', 'CLIENTS', 'WHAT IS ENFORCED'], rows) ||
        'No host is protected yet. See: sallyport hosts',
    };
  },
};

export const group: Command = {
  summary: 'show, make or change a group',
  usage:
    'NAME [--create] [--add CLIENT] [--remove CLIENT] [--mode learn|enforce [--override]] [--refuse HOW] [--preset LIST]',
  options: {
    create: { type: 'boolean' },
    add: { type: 'string' },
    remove: { type: 'string' },
    mode: { type: 'string' },
    override: { type: 'boolean' },
    refuse: { type: 'string' },
    preset: { type: 'string' },
  },
  explain: {
    '--create': 'make it; it starts in learn',
    '--add CLIENT': 'put a host or a network into it',
    '--remove CLIENT': 'take it out',
    '--mode MODE': 'learn: answer everything and write down; enforce: refuse what no rule allows',
    '--override': 'with enforce: refuse names although no firewall was seen to enforce addresses',
    '--refuse HOW':
      'how a refused name is answered: nxdomain (the default), nodata, refused or zero; REFUSED stalls Plex for 5 s',
    '--preset LIST': 'with --create: presets of the catalog, for example plex-core',
  },
  examples: [
    ['sallyport group plex', 'show it'],
    ['sallyport group plex --create --add 192.168.20.5 --preset plex-core', 'protect a host'],
    ['sallyport group plex --mode enforce', 'refuse what no rule allows'],
    ['sallyport group plex --refuse nodata', 'answer refused names as if they had no address'],
  ],
  async run({ client, words, values, now }) {
    const name = oneWord(words, 'the name of the group');
    const add = textOption(values, 'add');
    const remove = textOption(values, 'remove');
    const newMode = textOption(values, 'mode');
    const { override, create } = values;
    if (override === true && newMode !== 'enforce')
      throw new UsageError('--override goes with --mode enforce');

    const done: GroupDone[] = [];
    if (create === true) {
      const body = {
        name,
        clients: add === undefined ? [] : [add],
        presets: listOption(values, 'preset') ?? [],
      };
      done.push(await client.send('POST', '/groups', body, GroupEffect));
    } else if (add !== undefined) {
      done.push(await client.send('POST', path(name, '/clients'), { client: add }, GroupEffect));
    }
    if (remove !== undefined) {
      const url = path(name, `/clients?client=${encodeURIComponent(remove)}`);
      done.push(await client.send('DELETE', url, undefined, GroupEffect));
    }
    const refuse = textOption(values, 'refuse');
    if (newMode !== undefined || refuse !== undefined) {
      const body = {
        ...(newMode === undefined ? {} : { mode: newMode }),
        ...(override === true ? { override } : {}),
        ...(refuse === undefined ? {} : { refuse }),
      };
      done.push(await client.send('PATCH', path(name), body, GroupEffect));
    }
    const last = done.at(-1);
    if (last !== undefined) {
      return { data: last, text: `${describe(last.group, now)}\n${effectText(last.effect)}` };
    }
    const shown = await client.get(path(name), GroupSchema);
    return { data: shown, text: describe(shown, now) };
  },
};

export const pause: Command = {
  summary: 'answer everything for a while; ends by itself',
  usage: '[GROUP] [--for 15m] [--note TEXT]',
  options: { for: { type: 'string' }, note: { type: 'string', short: 'n' } },
  explain: { '--for TIME': 'how long: 15m if nothing is said, at most 24h', '--note TEXT': 'why' },
  examples: [
    ['sallyport pause', 'the only group, for 15 minutes'],
    ['sallyport pause plex --for 1h', 'that one, for an hour'],
  ],
  async run({ client, words, values, now }) {
    const name = await chooseGroup(client, words[0]);
    const body = { for: textOption(values, 'for') ?? '15m', note: textOption(values, 'note') ?? '' };
    const done = await client.send('POST', path(name, '/pause'), body, GroupEffect);
    return { data: done, text: `${describe(done.group, now)}\nTo end it now: sallyport resume ${name}` };
  },
};

export const resume: Command = {
  summary: 'end a pause now',
  usage: '[GROUP]',
  examples: [['sallyport resume plex', 'what only the pause had opened is closed']],
  async run({ client, words, now }) {
    const name = await chooseGroup(client, words[0]);
    const done = await client.send('POST', path(name, '/resume'), undefined, GroupEffect);
    return { data: done, text: `${describe(done.group, now)}\n${effectText(done.effect)}` };
  },
};

export const hosts: Command = {
  summary: 'new hosts: they ask, and no group has them',
  usage: '',
  examples: [['sallyport hosts', 'who is refused for want of a group']],
  async run({ client, now }) {
    const list = await client.get('/hosts', HostList);
    const rows = list.items.map((host) => [
      host.address,
      `${host.names}`,
      `${host.queries}`,
      relativeTime(host.lastAt, now),
    ]);
    const [first] = list.items;
    return {
      data: list,
      text: paragraphs(
        table(['NEW HOST', 'NAMES', 'QUESTIONS', 'LAST'], rows) || 'No new hosts.',
        first === undefined
          ? ''
          : `To protect one: sallyport group plex --add ${first.address} (with --create for a new group)`,
      ),
    };
  },
};

type GroupDone = ReturnType<typeof GroupEffect.parse>;

function mode(one: Group, now: number): string {
  return one.pausedUntil === undefined
    ? one.mode
    : `paused, ${one.mode} ${relativeTime(one.pausedUntil, now)}`;
}

function describe(one: Group, now: number): string {
  const refuses = one.refuse === 'nxdomain' ? '' : `; refused names are answered with ${one.refuse}`;
  return printable(
    `${one.name}: ${mode(one, now)}; clients ${one.clients.join(' ') || 'none'}${refuses}`,
  ).concat('\n', printable(`${one.enforcement.sentence}.`));
}
