import type { Group } from '../store/groups.ts';
import { toAddress, toName } from './canonical.ts';
import type { ActionDeps } from './deps.ts';
import { describeGroup } from './describe-group.ts';
import type { Enforcement } from './enforcement.ts';
import { findGroup } from './find-group.ts';
import type { QueryPort, WhyAddress, WhyName } from './query-port.ts';

export type WhyInput =
  | { readonly name: string; readonly group?: string | undefined }
  | { readonly address: string; readonly group?: string | undefined };

export type WhyAnswer =
  | { readonly names: readonly (WhyName & { readonly enforcement: Enforcement })[] }
  | { readonly address: WhyAddress };

/** Why a name is refused or answered, in each group or in one; or why an address is or was open. */
export function why(deps: Pick<ActionDeps, 'db' | 'clock' | 'sync'> & { readonly queries: QueryPort }) {
  return async (input: WhyInput): Promise<WhyAnswer> => {
    const group = input.group === undefined ? undefined : findGroup(deps.db, input.group);
    const inGroup = group === undefined ? {} : { group: group.name };
    if ('address' in input) {
      const address = toAddress(input.address);
      return { address: await deps.queries.whyAddress({ address, ...inGroup }) };
    }
    const name = toName(input.name);
    const names = await deps.queries.whyName({ name, ...inGroup });
    return {
      names: names.map((one) => ({ ...one, enforcement: enforcementOf(deps, one.group, group) })),
    };
  };
}

function enforcementOf(
  deps: Pick<ActionDeps, 'db' | 'clock' | 'sync'>,
  name: string,
  known: Group | undefined,
): Enforcement {
  return describeGroup(deps, known ?? findGroup(deps.db, name));
}
