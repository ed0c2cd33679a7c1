import { GroupList } from '../../api/contract/groups.ts';
import type { Client } from '../client.ts';
import { UsageError } from '../command.ts';

/** The group that was named, or the only one there is. */
export async function chooseGroup(client: Client, named: string | undefined): Promise<string> {
  if (named !== undefined) return named;
  const names = (await client.get('/groups', GroupList)).items.map((group) => group.name);
  const [only, ...others] = names;
  if (only !== undefined && others.length === 0) return only;
  throw new UsageError(
    names.length === 0
      ? 'there is no group yet; see sallyport group --help'
      : `which group? --group ${names.join(' | ')}`,
  );
}
