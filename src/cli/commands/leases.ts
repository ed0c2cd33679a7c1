import { LeaseList } from '../../api/contract/leases.ts';
import { type Command, query, textOption } from '../command.ts';
import { relativeTime, table } from '../format.ts';

export const leases: Command = {
  summary: 'open addresses: which, why, until when',
  usage: '[--group GROUP] [--name NAME] [--address ADDRESS]',
  options: { group: { type: 'string', short: 'g' }, name: { type: 'string' }, address: { type: 'string' } },
  explain: {
    '--group GROUP': 'of this group only',
    '--name NAME': 'open for this name',
    '--address ADDRESS': 'this address only',
  },
  examples: [
    ['sallyport leases', 'everything that is open'],
    ['sallyport leases --name plex.tv', 'what is open for one name'],
  ],
  async run({ client, values, now }) {
    const path = `/leases${query({
      group: textOption(values, 'group'),
      name: textOption(values, 'name'),
      address: textOption(values, 'address'),
    })}`;
    const list = await client.get(path, LeaseList);
    const rows = list.items.map((lease) => [
      lease.address,
      lease.name,
      lease.group,
      lease.rule === undefined ? lease.cause : `${lease.cause}, rule ${lease.rule.id} ${lease.rule.pattern}`,
      lease.until === undefined ? 'stays' : relativeTime(lease.until, now),
      lease.firewalls.map(({ name, state }) => `${name} ${state}`).join(', ') || 'no firewall',
    ]);
    return {
      data: list,
      text: table(['ADDRESS', 'NAME', 'GROUP', 'WHY', 'ENDS', 'FIREWALLS'], rows) || 'No address is open.',
    };
  },
};
