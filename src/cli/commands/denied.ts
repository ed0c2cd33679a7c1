import { type Denial, DenialOnly, DenialPage } from '../../api/contract/denials.ts';
import { type Command, query, textOption } from '../command.ts';
import { paragraphs, relativeTime, table } from '../format.ts';
import { knownAs } from './explain.ts';

export const denied: Command = {
  summary: 'refused names that wait for you',
  usage: '[--part TEXT] [--since 15m] [--group GROUP] [--state waiting|muted|decided] [--mute ID]',
  options: {
    part: { type: 'string' },
    since: { type: 'string', short: 's' },
    group: { type: 'string', short: 'g' },
    state: { type: 'string' },
    mute: { type: 'string' },
    unmute: { type: 'string' },
    limit: { type: 'string' },
    cursor: { type: 'string' },
  },
  explain: {
    '--part TEXT': 'names that contain this',
    '--since TIME': 'asked within this time only, for example 15m',
    '--group GROUP': 'of this group only',
    '--state STATE':
      'waiting (if nothing is said), muted (also what the catalog refuses on purpose) or decided',
    '--mute ID': 'take this one out of the list; it stays refused',
    '--unmute ID': 'put it back',
    '--limit N': 'at most so many (100)',
    '--cursor CURSOR': 'go on where the last page ended',
  },
  examples: [
    ['sallyport denied', 'everything that waits'],
    ['sallyport denied --since 1m', 'what was refused just now'],
  ],
  async run({ client, values, now }) {
    for (const change of ['mute', 'unmute']) {
      const id = textOption(values, change);
      if (id === undefined) continue;
      const done = await client.send(
        'POST',
        `/denials/${encodeURIComponent(id)}/${change}`,
        undefined,
        DenialOnly,
      );
      return { data: done, text: `${done.denial.name} is ${done.denial.state}.` };
    }
    const state = textOption(values, 'state');
    const page = await client.get(
      `/denials${query({
        part: textOption(values, 'part'),
        window: textOption(values, 'since'),
        group: textOption(values, 'group'),
        state,
        limit: textOption(values, 'limit'),
        cursor: textOption(values, 'cursor'),
      })}`,
      DenialPage,
    );
    const rows = page.items.map((denial) => [
      String(denial.id),
      denial.name,
      denial.types.join(','),
      `${denial.count}x`,
      relativeTime(denial.lastAt, now),
      denial.lastClient,
      denial.group,
      `${reasonOf(denial)}${denial.refused ? '' : ' (answered, would be refused)'}`,
      denial.catalog === undefined ? '' : knownAs(denial.catalog),
    ]);
    const first = page.items[0];
    return {
      data: page,
      text: paragraphs(
        table(['ID', 'NAME', 'TYPES', 'ASKED', 'LAST', 'CLIENT', 'GROUP', 'WHY', 'KNOWN AS'], rows) ||
          'Nothing is waiting.',
        first === undefined || state === 'muted'
          ? ''
          : `To let one through: sallyport allow ${first.name} --group ${first.group}`,
        page.nextCursor === undefined
          ? ''
          : `${page.items.length} of ${page.total}. More: --cursor ${page.nextCursor}`,
      ),
    };
  },
};

function reasonOf({ reason, rule }: Denial): string {
  return rule === undefined ? reason : `${reason}: rule ${rule.id} ${rule.pattern}`;
}
