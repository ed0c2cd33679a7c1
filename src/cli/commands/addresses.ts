import { type Pinned, PinnedEffect, PinnedList } from '../../api/contract/addresses.ts';
import { type IpAddress, parseIpAddress } from '../../base/ip-address.ts';
import {
  type Command,
  type Context,
  listOption,
  type Output,
  oneWord,
  query,
  textOption,
  UsageError,
} from '../command.ts';
import { printable, relativeTime, table } from '../format.ts';
import { chooseGroup } from './choose-group.ts';
import { effectText } from './effect.ts';
import { endOption } from './period.ts';

export const addresses: Command = {
  summary: 'addresses opened by hand, for what is reached without a name',
  usage:
    '[add ADDRESS | change ADDRESS|ID | end ADDRESS|ID] [--for 24h|always] [--until TIME] [--group GROUP] [--ports LIST] [--note TEXT]',
  options: {
    group: { type: 'string', short: 'g' },
    for: { type: 'string' },
    until: { type: 'string' },
    ports: { type: 'string' },
    note: { type: 'string', short: 'n' },
  },
  explain: {
    '--for TIME': 'how long, for example 24h or 7d; always, if nothing is said',
    '--until TIME': 'until then: 2026-12-31 (its end, UTC), "3 December 2026", 2h, 3d',
    '--group GROUP': 'which group; may be left out when there is one',
    '--ports LIST': 'a note for people: the alias holds addresses only',
    '--note TEXT': 'why, for whoever reads the list in a year',
  },
  examples: [
    ['sallyport addresses', 'those that are open, with their numbers'],
    ['sallyport addresses add 198.41.192.7 --note cloudflared --ports 7844', 'until you end it'],
    ['sallyport addresses add 203.0.113.9 --for 24h', 'for a day'],
    ['sallyport addresses change 198.41.192.7 --until 2026-12-31', 'another end'],
    ['sallyport addresses end 198.41.192.7', 'closed at once'],
  ],
  async run(context) {
    const [verb, ...words] = context.words;
    if (textOption(context.values, 'for') !== undefined && textOption(context.values, 'until') !== undefined)
      throw new UsageError('give --for or --until, not both');
    switch (verb) {
      case undefined:
        return list(context);
      case 'add':
        return add(context, oneWord(words, 'the address'));
      case 'change':
        return change(context, oneWord(words, 'the address or its number'));
      case 'end':
        return end(context, oneWord(words, 'the address or its number'));
      default:
        throw new UsageError(`not something to do with addresses: ${verb}; add, change or end`);
    }
  },
};

async function list({ client, values, now }: Context): Promise<Output> {
  const found = await client.get(`/addresses${query({ group: textOption(values, 'group') })}`, PinnedList);
  const rows = found.items.map((one) => [
    String(one.id),
    one.address,
    one.group,
    one.until === undefined ? 'stays' : `ends ${relativeTime(one.until, now)}`,
    one.ports.join(','),
    one.createdBy,
    one.note,
  ]);
  const text = table(['ID', 'ADDRESS', 'GROUP', 'ENDS', 'PORTS', 'BY', 'NOTE'], rows);
  return { data: found, text: text || 'No address is opened by hand.' };
}

async function add(context: Context, address: string): Promise<Output> {
  const group = await chooseGroup(context.client, textOption(context.values, 'group'));
  const body = { group, address, ...asked(context) };
  const done = await context.client.send('POST', '/addresses', body, PinnedEffect);
  return { data: done, text: `${describe(done.address, context.now)}\n${effectText(done.effect)}` };
}

async function change(context: Context, word: string): Promise<Output> {
  const body = asked(context);
  if (Object.keys(body).length === 0)
    throw new UsageError('say what is to change: --for, --until, --note or --ports');
  const done = await context.client.send(
    'PATCH',
    `/addresses/${await idOf(context, word)}`,
    body,
    PinnedEffect,
  );
  return { data: done, text: `${describe(done.address, context.now)}\n${effectText(done.effect)}` };
}

async function end(context: Context, word: string): Promise<Output> {
  const path = `/addresses/${await idOf(context, word)}`;
  const done = await context.client.send('DELETE', path, undefined, PinnedEffect);
  const { address, group } = done.address;
  return {
    data: done,
    text: `${printable(`Ended for ${group}: ${address}`)}\n${effectText(done.effect)}`,
  };
}

function asked({ values, now }: Context) {
  const ports = listOption(values, 'ports')?.map(Number);
  if (ports?.some((port) => !Number.isInteger(port)))
    throw new UsageError('write ports as numbers: 443,7844');
  const note = textOption(values, 'note');
  const until = endOption(textOption(values, 'until'), now);
  const duration = textOption(values, 'for');
  return {
    ...(duration === undefined ? {} : { for: duration }),
    ...(until === undefined ? {} : { until }),
    ...(note === undefined ? {} : { note }),
    ...(ports === undefined ? {} : { ports }),
  };
}

/** The number, or that of the one open address that is meant. */
async function idOf({ client, values }: Context, word: string): Promise<string> {
  if (/^\d+$/.test(word)) return word;
  const wanted = readAddress(word);
  const { items } = await client.get(
    `/addresses${query({ group: textOption(values, 'group') })}`,
    PinnedList,
  );
  const [only, ...others] = items.filter(
    ({ address, plexServer }) => plexServer === undefined && address === wanted,
  );
  if (only === undefined) throw new UsageError(`${word} is not opened by hand; see sallyport addresses`);
  if (others.length > 0)
    throw new UsageError(`which group? --group ${[only, ...others].map(({ group }) => group).join(' | ')}`);
  return String(only.id);
}

/** In the text that it is listed under, however it was typed. */
function readAddress(word: string): IpAddress {
  try {
    return parseIpAddress(word);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(`not an address, and not the number of one: ${word}`);
  }
}

function describe(one: Pinned, now: number): string {
  const ends = one.until === undefined ? 'until you end it' : `ends ${relativeTime(one.until, now)}`;
  return printable(`Open by hand for ${one.group}: ${one.address} (${ends}, number ${one.id})`);
}
