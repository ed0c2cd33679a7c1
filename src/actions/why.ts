import type { Group } from '../store/groups.ts';
import { toAddress, toName } from './canonical.ts';
import type { ActionDeps } from './deps.ts';
import { describeGroup } from './describe-group.ts';
import type { Enforcement } from './enforcement.ts';
import { findGroup } from './find-group.ts';
import { parsePastPeriod } from './period.ts';
import type { FirewallReport } from './ports.ts';
import type { QueryPort, WhyAddress, WhyName, WhyScope } from './query-port.ts';

interface Scope {
  readonly group?: string | undefined;
  /** The host that asked; its group is meant. */
  readonly client?: string | undefined;
  /** A moment or a day, as a person wrote it; left out: now. */
  readonly at?: string | undefined;
}

export type WhyInput = Scope & ({ readonly name: string } | { readonly address: string });

export type WhyAnswer =
  | { readonly names: readonly (WhyName & { readonly enforcement: Enforcement })[] }
  | { readonly address: WhyAddress };

/** Why a name is refused or answered, in each group or in one; or why an address is or was open. */
export function why(deps: Pick<ActionDeps, 'db' | 'clock' | 'sync'> & { readonly queries: QueryPort }) {
  return async (input: WhyInput): Promise<WhyAnswer> => {
    const group = input.group === undefined ? undefined : findGroup(deps.db, input.group);
    const scope: WhyScope = {
      ...(group === undefined ? {} : { group: group.name }),
      ...(input.client === undefined ? {} : { client: toAddress(input.client) }),
      ...(input.at === undefined ? {} : { period: parsePastPeriod(input.at, deps.clock.now()) }),
    };
    if ('address' in input) {
      const address = await deps.queries.whyAddress({ address: toAddress(input.address), ...scope });
      return { address: scope.period === undefined ? withStrangers(address, deps.sync.state()) : address };
    }
    const names = await deps.queries.whyName({ name: toName(input.name), ...scope });
    return {
      names: names.map((one) => ({ ...one, enforcement: enforcementOf(deps, one.group, group) })),
    };
  };
}

/** What the ledger did not open may be open all the same: the firewalls were read to hold it. */
function withStrangers(answer: WhyAddress, firewalls: readonly FirewallReport[]): WhyAddress {
  if (answer.open) return answer;
  const found = firewalls.flatMap(({ name, alias, status: { heldPlan, otherWriters } }) => {
    const where = `But alias ${alias} of firewall ${name} holds it`;
    if (otherWriters.includes(answer.address)) return [`${where}: another writer keeps adding it.`];
    if (heldPlan?.removals.includes(answer.address) !== true) return [];
    return [`${where}, and its removal needs your OK: sallyport sync ${name} --release or --drop.`];
  });
  return found.length === 0 ? answer : { ...answer, sentence: [answer.sentence, ...found].join(' ') };
}

function enforcementOf(
  deps: Pick<ActionDeps, 'db' | 'clock' | 'sync'>,
  name: string,
  known: Group | undefined,
): Enforcement {
  return describeGroup(deps, known ?? findGroup(deps.db, name));
}
