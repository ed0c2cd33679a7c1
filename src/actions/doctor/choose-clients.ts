import { isIP } from 'node:net';
import { KnownError } from '../../base/errors.ts';
import {
  formatPrefix,
  isHostPrefix,
  type Prefix,
  parseIpAddress,
  prefixContains,
} from '../../base/ip-address.ts';
import { type Group, listGroups } from '../../store/groups.ts';
import type { MainDb } from '../../store/open.ts';
import { rulesInForce } from '../../store/rules.ts';
import { findGroup } from '../find-group.ts';
import type { QueryPort } from '../query-port.ts';
import type { Heard } from './client-checks.ts';

export interface ChosenClients {
  readonly group: Group;
  readonly clients: readonly Prefix[];
}

/** Hosts of one group that are looked up by themselves; each is a search of the query log. */
const MOST_CLIENTS = 8;

/** One host, the hosts of one group, or those of all. */
export function chooseClients(db: MainDb, named: string | undefined): readonly ChosenClients[] {
  if (named === undefined) return listGroups(db).map(allOf);
  if (isIP(named) === 0) return [allOf(findGroup(db, named))];
  const address = parseIpAddress(named);
  const [closest] = listGroups(db)
    .flatMap((group) => group.clients.map((prefix) => ({ group, prefix })))
    .filter(({ prefix }) => prefixContains(prefix, address))
    .sort((a, b) => b.prefix.length - a.prefix.length);
  if (closest === undefined) {
    throw new KnownError('not-found', `${address} is in no group: it is refused every name`, {
      hint: `Protect it: sallyport group GROUP --add ${address} (with --create for a new group).`,
    });
  }
  const { family } = closest.prefix;
  return [{ group: closest.group, clients: [{ address, family, length: family === 4 ? 32 : 128 }] }];
}

/** When each last asked something, as far back as the query log goes. */
export function whenHeard(
  queries: Pick<QueryPort, 'search'>,
  group: Group,
  clients: readonly Prefix[],
): Promise<readonly Heard[]> {
  return Promise.all(
    clients.slice(0, MOST_CLIENTS).map(async (prefix) => {
      // A network is heard of when anybody of its group is: the log is searched by host or by group.
      const of = isHostPrefix(prefix) ? { client: prefix.address } : { group: group.name };
      const { items } = await queries.search({ ...of, limit: 1 });
      return { client: formatPrefix(prefix), lastAt: items[0]?.at };
    }),
  );
}

/** A name that the group may ask, as it can stand on a command line. */
export function allowedName(db: MainDb, { id }: Group, now: number): string | undefined {
  return rulesInForce(db, now, id)
    .filter(({ action, pattern }) => action === 'allow' && !pattern.startsWith('*'))
    .map(({ pattern }) => pattern.replace(/^\./, ''))
    .find((name) => PLAIN_NAME.test(name));
}

const PLAIN_NAME = /^[a-z0-9][a-z0-9.-]*\.[a-z]+$/;

function allOf(group: Group): ChosenClients {
  return { group, clients: group.clients };
}
