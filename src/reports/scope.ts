import type { WhyScope } from '../actions/query-port.ts';
import type { Clock } from '../base/clock.ts';
import { KnownError } from '../base/errors.ts';
import type { Catalog } from '../catalog/load.ts';
import { compileClients } from '../policy/clients.ts';
import { findGroupByName, type Group, listGroups } from '../store/groups.ts';
import type { MainDb, QueryLogDb } from '../store/open.ts';

export interface ReportDeps {
  readonly main: MainDb;
  readonly queryLog: QueryLogDb;
  readonly catalog: Catalog;
  readonly clock: Clock;
  /** Whether a firewall holds the addresses of a group; true of one that is configured no more. */
  readonly serves: (firewall: string, group: string) => boolean;
}

/** The one group a question is about, by its name or by its client; undefined: all of them. */
export function groupInScope(
  main: MainDb,
  { group, client }: Pick<WhyScope, 'group' | 'client'>,
): Group | undefined {
  const named = group === undefined ? undefined : findGroupByName(main, group);
  if (client === undefined) return named;
  const groupOf = compileClients(listGroups(main).map((one) => ({ group: one, clients: one.clients })));
  const own = groupOf(client);
  if (own === undefined) {
    throw new KnownError('not-found', `${client} is in no group: every question of it is refused`, {
      hint: `Protect it: sallyport group NAME --add ${client}`,
    });
  }
  if (named !== undefined && named.id !== own.id)
    throw new KnownError('not-found', `${client} is in group ${own.name}, not in ${named.name}`);
  return own;
}
