import { isIP } from 'node:net';
import type { Interval } from '../../api/contract/intervals.ts';
import { Why } from '../../api/contract/why.ts';
import { type Command, oneWord, query, textOption } from '../command.ts';
import { localTime, paragraphs, printable, table, withLocalTimes } from '../format.ts';
import { knownText } from './explain.ts';
import { momentOption } from './period.ts';

export const why: Command = {
  summary: 'why is or was a name refused, or an address open',
  usage: 'NAME|ADDRESS [--group GROUP] [--client ADDRESS] [--at TIME]',
  options: { group: { type: 'string', short: 'g' }, client: { type: 'string' }, at: { type: 'string' } },
  explain: {
    '--group GROUP': 'in this group only',
    '--client ADDRESS': 'for this host: its group, and what it asked',
    '--at TIME': 'at that moment, or on that day: 2026-03-03, "3 March 2026 20:15", "2h ago"',
  },
  examples: [
    ['sallyport why image.tmdb.org', 'the rule, or the lack of one'],
    ['sallyport why 104.18.26.211', 'every time it was open, for which name, and who allowed that'],
    ['sallyport why 104.18.26.211 --at "3 March 2026 20:15"', 'why it was open at that moment'],
    ['sallyport why plex.tv --client 192.168.20.5 --at 2026-03-03', 'what became of that host’s questions'],
  ],
  async run({ client, words, values, now }) {
    const subject = oneWord(words, 'a name or an address');
    const asked = {
      ...(isIP(subject) === 0 ? { name: subject } : { address: subject }),
      group: textOption(values, 'group'),
      client: textOption(values, 'client'),
      at: momentOption(textOption(values, 'at'), now),
    };
    const answer = await client.get(`/why${query(asked)}`, Why);
    return { data: answer, text: show(answer) };
  },
};

function show({ names = [], address }: Why): string {
  const parts = names.map((one) =>
    paragraphs(
      [
        `${one.group}: ${withLocalTimes(one.sentence)}`,
        `${one.enforcement.sentence}.`,
        ...(one.rule === undefined ? [] : [`Rule ${one.rule.id}: ${one.rule.action} ${one.rule.pattern}`]),
        ...one.nearest.map(({ id, pattern, misses }) => `Close by is rule ${id}, ${pattern}: ${misses}.`),
        ...(one.catalog === undefined ? [] : [knownText(one.catalog)]),
        ...(one.addresses.length === 0 ? [] : [`Open for it: ${one.addresses.join(' ')}`]),
      ]
        .map(printable)
        .join('\n'),
      table(
        ['ASKED', 'BY', 'TYPE', 'VERDICT', 'WHY', 'ANSWER'],
        one.lastQueries.map((q) => [
          localTime(q.at),
          q.client,
          q.type,
          q.verdict,
          q.reason,
          q.answers.join(' ') || q.rcode,
        ]),
      ),
      table(
        ['REFUSED ON (UTC)', 'TYPE', 'TIMES', 'WHY'],
        one.refusals.map(({ day, qtype, count, reason }) => [day, qtype, String(count), reason]),
      ),
      paragraphs(...one.leases.slice(0, SHOWN).map(story)),
    ),
  );
  if (address !== undefined) {
    const more = address.leases.length - SHOWN;
    parts.push(
      paragraphs(
        printable(withLocalTimes(address.sentence)),
        address.risk === undefined
          ? ''
          : printable(`Shared (${address.risk.score} of 100): ${address.risk.sentence}`),
        ...address.leases.slice(0, SHOWN).map(story),
        more > 0 ? `${more} more, with --json; or name a moment with --at.` : '',
      ),
    );
  }
  return paragraphs(...parts) || 'No group asks for it.';
}

/** One interval: what led to it, what the firewalls did, what happened next. */
function story(one: Interval): string {
  const to = one.endedAt === undefined ? 'now' : localTime(one.endedAt);
  return [
    `${one.address} for ${one.name || 'no name'} (${one.group}), ${localTime(one.startedAt)} to ${to}`,
    `  why      ${reason(one)}`,
    ...(one.answer === undefined ? [] : [`  answer   ${answer(one)}`]),
    ...one.pushes.map(
      ({ firewall, change, at, confirmedAt, trigger, cause }) =>
        `  ${change.padEnd(8)} ${firewall}, ${localTime(at)} (${trigger}, ${cause}), ${
          confirmedAt === undefined ? 'NOT seen in the read-back' : `read back ${localTime(confirmedAt)}`
        }`,
    ),
    ...(one.toldUntil === undefined || one.cause === 'adopted'
      ? []
      : [`  told     until ${localTime(one.toldUntil)}`]),
    `  then     ${withLocalTimes(one.next)}${one.endCause === undefined ? '' : ` (${one.endCause})`}`,
  ]
    .map(printable)
    .join('\n');
}

function reason({ cause, rule, approvedBy, approvedAt, note }: Interval): string {
  const by =
    approvedBy === undefined
      ? ''
      : `, by ${approvedBy}${approvedAt === undefined ? '' : ` ${localTime(approvedAt)}`}`;
  const words = note === undefined || note === '' ? '' : `: ${note}`;
  return rule === undefined
    ? `${cause}${by}${words}`
    : `${cause}, rule ${rule.id} ${rule.action} ${rule.pattern}${by}${words}`;
}

function answer({ name, address, answer: given }: Interval): string {
  if (given === undefined) return '';
  return `${[name, ...given.chain, address].join(' → ')}, TTL ${given.ttlS} s, from ${given.upstream}, ${localTime(given.at)}`;
}

/** Intervals a person reads; --json has the rest. */
const SHOWN = 10;
