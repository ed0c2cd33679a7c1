import { WHY_LEFT_OUT } from '../ledger/lease.ts';
import type { Group } from '../store/groups.ts';
import { toAddress, toName } from './canonical.ts';
import type { ActionDeps } from './deps.ts';
import { describeGroup } from './describe-group.ts';
import type { Enforcement } from './enforcement.ts';
import { findGroup } from './find-group.ts';
import { parsePastPeriod } from './period.ts';
import type { FirewallReport, LeftOutAddress } from './ports.ts';
import type { QueryPort, WhyAddress, WhyName, WhyScope } from './query-port.ts';

/** Addresses that a sentence names; the rest are counted. */
const NAMED = 8;

interface Scope {
  readonly group?: string | undefined;
  /** The host that asked; its group is meant. */
  readonly client?: string | undefined;
  /** A moment or a day, as a person wrote it; left out: now. */
  readonly at?: string | undefined;
}

export type WhyInput = Scope & ({ readonly name: string } | { readonly address: string });

export type WhyAnswer = { readonly names: readonly NameAnswer[] } | { readonly address: WhyAddress };

type NameAnswer = WhyName & {
  readonly enforcement: Enforcement;
  /** What the name led to in the last hour and was not opened. */
  readonly leftOut: readonly Pick<LeftOutAddress, 'address' | 'cap' | 'at'>[];
};

/** Why a name is refused or answered, in each group or in one; or why an address is or was open. */
export function why(
  deps: Pick<ActionDeps, 'db' | 'clock' | 'sync' | 'leases'> & { readonly queries: QueryPort },
) {
  return async (input: WhyInput): Promise<WhyAnswer> => {
    const group = input.group === undefined ? undefined : findGroup(deps.db, input.group);
    const scope: WhyScope = {
      ...(group === undefined ? {} : { group: group.name }),
      ...(input.client === undefined ? {} : { client: toAddress(input.client) }),
      ...(input.at === undefined ? {} : { period: parsePastPeriod(input.at, deps.clock.now()) }),
    };
    // Of the past the query log says which cap it was.
    const leftOut = scope.period === undefined ? deps.leases.leftOut() : [];
    if ('address' in input) {
      const address = await deps.queries.whyAddress({ address: toAddress(input.address), ...scope });
      if (scope.period !== undefined) return { address };
      const here = leftOut.filter(
        (one) => one.address === address.address && (scope.group ?? one.group) === one.group,
      );
      const known = withStrangers(address, deps.sync.state());
      const { items } = known.open
        ? await deps.queries.addressRisks({ addresses: [known.address] })
        : { items: [] };
      const [risk] = items;
      return {
        address: {
          ...known,
          sentence: [known.sentence, ...here.map(addressLeftOut)].join(' '),
          ...(risk === undefined ? {} : { risk }),
        },
      };
    }
    const names = await deps.queries.whyName({ name: toName(input.name), ...scope });
    return {
      names: names.map((one) => {
        const here = leftOut.filter(({ group: of, name }) => of === one.group && name === one.name);
        return {
          ...one,
          sentence: [one.sentence, ...namesLeftOut(here)].join(' '),
          leftOut: here.map(({ address, cap, at }) => ({ address, cap, at })),
          enforcement: enforcementOf(deps, one.group, group),
        };
      }),
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

/** A sentence for each cap. */
function namesLeftOut(leftOut: readonly LeftOutAddress[]): readonly string[] {
  return [...Map.groupBy(leftOut, ({ cap }) => cap)].map(([cap, these]) => {
    const newest = these.slice(-NAMED).map(({ address }) => address);
    const more = these.length > NAMED ? ` and ${these.length - NAMED} more` : '';
    return `Left out in the last hour: ${newest.join(', ')}${more}, because ${WHY_LEFT_OUT[cap]}.`;
  });
}

function addressLeftOut({ group, name, cap }: LeftOutAddress): string {
  return `In the last hour ${name} led to it in ${group}, and it was not opened, because ${WHY_LEFT_OUT[cap]}.`;
}

function enforcementOf(
  deps: Pick<ActionDeps, 'db' | 'clock' | 'sync'>,
  name: string,
  known: Group | undefined,
): Enforcement {
  return describeGroup(deps, known ?? findGroup(deps.db, name));
}
