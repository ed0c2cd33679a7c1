import { LeaseList, PastLeaseList } from '../../api/contract/leases.ts';
import { type Command, type Context, type Output, query, textOption, UsageError } from '../command.ts';
import { localTime, paragraphs, relativeTime, table } from '../format.ts';
import { momentOption } from './period.ts';

/** Addresses; as many as one page of the API has. */
const MOST_WITH_RISK = 500;

export const leases: Command = {
  summary: 'open addresses: which, why, until when',
  usage: '[--group GROUP] [--name NAME] [--address ADDRESS] [--risk | --at TIME]',
  options: {
    group: { type: 'string', short: 'g' },
    name: { type: 'string' },
    address: { type: 'string' },
    risk: { type: 'boolean' },
    at: { type: 'string' },
    limit: { type: 'string' },
    cursor: { type: 'string' },
  },
  explain: {
    '--group GROUP': 'of this group only',
    '--name NAME': 'open for this name',
    '--address ADDRESS': 'this address only',
    '--risk': `how far each reaches beyond its names, of ${MOST_WITH_RISK} at most`,
    '--at TIME': 'what was open then: 2026-03-03, "3 March 2026 20:15", "2h ago"',
    '--limit N': 'with --at: at most so many (100)',
    '--cursor CURSOR': 'with --at: go on where the last page ended',
  },
  examples: [
    ['sallyport leases', 'everything that is open'],
    ['sallyport leases --name plex.tv', 'what is open for one name'],
    ['sallyport leases --at "3 March 2026 20:15"', 'what was open at that moment, and for whom'],
  ],
  async run(context) {
    const { client, values, now } = context;
    const withRisk = values['risk'] === true;
    if (values['at'] !== undefined) {
      if (withRisk) throw new UsageError('--risk is of what is open now, and does not go with --at');
      return past(context);
    }
    for (const option of ['limit', 'cursor'])
      if (values[option] !== undefined)
        throw new UsageError(`--${option} goes with --at; without it, all that is open now is listed`);
    const path = `/leases${query({
      group: textOption(values, 'group'),
      name: textOption(values, 'name'),
      address: textOption(values, 'address'),
      ...(withRisk ? { risk: 'true', limit: String(MOST_WITH_RISK) } : {}),
    })}`;
    const list = await client.get(path, LeaseList);
    const rows = list.items.map((lease) => [
      lease.address,
      ...(withRisk ? [String(lease.risk?.score ?? '')] : []),
      lease.note === undefined ? lease.name : `${lease.name}: ${lease.note}`,
      lease.group,
      lease.rule === undefined ? lease.cause : `${lease.cause}, rule ${lease.rule.id} ${lease.rule.pattern}`,
      lease.until === undefined ? 'stays' : relativeTime(lease.until, now),
      lease.firewalls.map(({ name, state }) => `${name} ${state}`).join(', ') || 'no firewall',
    ]);
    return {
      data: list,
      text: paragraphs(
        table(
          ['ADDRESS', ...(withRisk ? ['RISK'] : []), 'NAME', 'GROUP', 'WHY', 'ENDS', 'FIREWALLS'],
          rows,
        ) || 'No address is open.',
        list.nextCursor === undefined ? '' : 'There are more; narrow it with --group, --name or --address.',
      ),
    };
  },
};

async function past({ client, values, now }: Context): Promise<Output> {
  const at = momentOption(textOption(values, 'at'), now);
  const path = `/leases${query({
    at,
    group: textOption(values, 'group'),
    name: textOption(values, 'name'),
    address: textOption(values, 'address'),
    limit: textOption(values, 'limit'),
    cursor: textOption(values, 'cursor'),
  })}`;
  const list = await client.get(path, PastLeaseList);
  const rows = list.items.map((one) => [
    one.address,
    one.cause === 'feed' && one.note ? `${one.name}: ${one.note}` : one.name,
    one.group,
    one.rule === undefined ? one.cause : `${one.cause}, rule ${one.rule.id} ${one.rule.pattern}`,
    one.approvedBy ?? '',
    localTime(one.startedAt),
    one.endedAt === undefined ? 'open' : `${localTime(one.endedAt)} (${one.endCause ?? 'ended'})`,
  ]);
  return {
    data: list,
    text: paragraphs(
      table(['ADDRESS', 'NAME', 'GROUP', 'WHY', 'BY', 'FROM', 'TO'], rows) || 'No address was open then.',
      list.nextCursor === undefined ? '' : `More: --cursor ${list.nextCursor}`,
    ),
  };
}
