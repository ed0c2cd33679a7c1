/**
 * The packet filter of this machine: an alias is two sets, <alias>_v4 and <alias>_v6, whose elements carry time-outs.
 * So the kernel closes an address by itself, even when we are dead.
 */
import { KnownError, TransientDriverError } from '../../base/errors.ts';
import { type Family, familyOf, type IpAddress } from '../../base/ip-address.ts';
import type { Addition, AliasChanges, Driver, Entries, Entry } from '../driver.ts';
import { examine } from './examine.ts';
import { createNft, type Nft, nftEnvironment } from './nft.ts';
import { probeKernel } from './probe.ts';
import { createNftSession } from './session.ts';
import { declaration, type Elements, getElements, listSet, type SetName, setsOf } from './sets.ts';

export interface NftablesOptions {
  readonly alias: string;
  /** Family and name: 'inet sallyport'. */
  readonly table: string;
  readonly command?: readonly string[];
}

export function createNftablesDriver({ alias, table, command = ['nft'] }: NftablesOptions): Driver {
  const nft = createNft(command);
  const session = createNftSession(command, nftEnvironment());
  const sets = setsOf(alias, table);
  // A renewal takes the element out and puts it back, which sets its counter to 0.
  const countedBefore = new Map<IpAddress, number>();

  const withSums = (elements: Elements): Entries => {
    const sum = ([address, entry]: [IpAddress, Entry]): [IpAddress, Entry] => {
      const before = countedBefore.get(address) ?? 0;
      return [address, entry.packets === undefined ? entry : { ...entry, packets: entry.packets + before }];
    };
    return new Map([...elements].map(sum));
  };

  const inspect = async (signal: AbortSignal) => {
    const elements = new Map<IpAddress, Entry>();
    const missing: SetName[] = [];
    for (const set of sets) {
      const listed = await listSet(nft, set, signal);
      if (listed === 'absent') missing.push(set);
      else for (const [address, entry] of listed) elements.set(address, entry);
    }
    for (const address of countedBefore.keys()) if (!elements.has(address)) countedBefore.delete(address);
    return { entries: withSums(elements), missing };
  };

  const readBack = async (addresses: readonly IpAddress[], signal: AbortSignal): Promise<Entries> => {
    const elements = new Map<IpAddress, Entry>();
    for (const set of sets) {
      const asked = addresses.filter((address) => familyOf(address) === set.family);
      for (const [address, entry] of await findElements(nft, set, asked, signal))
        elements.set(address, entry);
    }
    return withSums(elements);
  };

  let isProbed = false;
  /** Before the first write, and not while it is only read: that needs to change nothing. */
  const insistOnKernel = async (signal: AbortSignal) => {
    if (isProbed) return;
    const [family = 'inet'] = table.split(' ');
    await probeKernel(nft, family, signal);
    isProbed = true;
  };

  const driver: Driver = {
    capabilities: {
      confirms: 'table',
      enforces: true,
      expires: true,
      counters: true,
      typicalLatencyMs: 10,
    },
    read: async (signal) => (await inspect(signal)).entries,
    async apply(changes, signal) {
      const parts = inParts(changes);
      if (parts.length === 0) return;
      await insistOnKernel(signal);
      const { entries: before, missing } = await inspect(signal);
      for (const [index, part] of parts.entries()) {
        const lines = sets.flatMap((set) => elementLines(set, part));
        await transact(nft, { missing: index === 0 ? missing : [], lines }, signal);
        for (const { address } of [...part.add, ...part.renew]) {
          countedBefore.set(address, before.get(address)?.packets ?? 0);
        }
        for (const address of part.remove) countedBefore.delete(address);
      }
    },
    async open(additions, signal) {
      await insistOnKernel(signal);
      const began = performance.now();
      const line = sets.flatMap((set) => creationLine(set, additions)).join('; ');
      // Creating fails where one of them is there already, so what is committed is what the set holds now.
      if (await session.commits(line, signal)) {
        const tookMs = performance.now() - began;
        return new Map(additions.map(({ address, forMs }) => [address, { expiresInMs: forMs - tookMs }]));
      }
      await driver.apply({ add: additions, renew: [], remove: [] }, signal);
      return readBack(
        additions.map(({ address }) => address),
        signal,
      );
    },
    examine: (signal) => examine(nft, sets, signal),
    close: async () => session.close(),
  };
  return driver;
}

/** Additions, renewals and removals of one transaction. It is one message to the kernel, whose socket takes some 200 kB where nobody raised that. */
const ELEMENTS_AT_ONCE = 500;

function inParts({ add, renew, remove }: AliasChanges): readonly AliasChanges[] {
  const parts: AliasChanges[] = [];
  const longest = Math.max(add.length, renew.length, remove.length);
  for (let at = 0; at < longest; at += ELEMENTS_AT_ONCE) {
    const part = <T>(list: readonly T[]) => list.slice(at, at + ELEMENTS_AT_ONCE);
    parts.push({ add: part(add), renew: part(renew), remove: part(remove) });
  }
  return parts;
}

/** All of them new, or nothing happens. */
function creationLine({ family, table, name }: SetName, additions: readonly Addition[]): readonly string[] {
  const timed = timedElements(family, additions);
  return timed.length === 0 ? [] : [`create element ${table} ${name} { ${timed.join(', ')} }`];
}

function timedElements(family: Family, additions: Iterable<Addition>): readonly string[] {
  return [...additions]
    .filter(({ address }) => familyOf(address) === family)
    .map(({ address, forMs }) => `${address} timeout ${Math.max(1, Math.ceil(forMs))}ms`);
}

/** Above this many, one listing is cheaper to ask for and to read than the elements by name. */
const ASK_BY_NAME = 32;

async function findElements(
  nft: Nft,
  set: SetName,
  asked: readonly IpAddress[],
  signal: AbortSignal,
): Promise<Elements> {
  if (asked.length === 0) return new Map();
  const named = asked.length <= ASK_BY_NAME ? await getElements(nft, set, asked, signal) : 'absent';
  if (named !== 'absent') return named;
  const listed = await listSet(nft, set, signal);
  if (listed === 'absent') return new Map();
  return new Map([...listed].filter(([address]) => asked.includes(address)));
}

/** The table and the sets are made where they are missing; a set somebody declared, with or without counters, stays as it is. */
async function transact(
  nft: Nft,
  { missing, lines }: { readonly missing: readonly SetName[]; readonly lines: readonly string[] },
  signal: AbortSignal,
): Promise<void> {
  const [first] = missing;
  if (first === undefined) return nft.transact(lines, signal).catch((error) => explain(nft, error, signal));

  const making = (counters: boolean) => [
    `add table ${first.table}`,
    ...missing.map(
      ({ table, name, family }) => `add set ${table} ${name} { ${declaration(family, { counters })} }`,
    ),
    ...lines,
  ];
  try {
    await nft.transact(making(true), signal);
  } catch (error) {
    if (!(error instanceof TransientDriverError)) return explain(nft, error, signal);
    await nft.transact(making(false), signal);
  }
}

/** The kernel says "not permitted" of a table that another process owns as well, to one that may do anything else. */
async function explain(nft: Nft, error: unknown, signal: AbortSignal): Promise<never> {
  if (error instanceof KnownError && error.code === 'firewall-privilege-missing') {
    // Without the privilege this is refused in the same words.
    await nft.run(['list', 'tables'], signal);
    throw new KnownError('firewall-misconfigured', 'The table of the sets belongs to another program', {
      cause: error,
      hint: 'Set table to one of your own, as in "inet sallyport"; rules see only the sets of their own table.',
    });
  }
  throw error;
}

/**
 * Every element is added, deleted, and added again where it stays. Adding alone does not renew an element that has the
 * same time-out already, deleting alone fails the transaction when it is not there, and nft 1.0.6 knows no `destroy`.
 */
function elementLines(
  { family, table, name }: SetName,
  { add, renew, remove }: AliasChanges,
): readonly string[] {
  const ofFamily = (address: IpAddress) => familyOf(address) === family;
  const kept = new Map([...add, ...renew].map(({ address, forMs }) => [address, forMs] as const));
  const timed = timedElements(
    family,
    [...kept].map(([address, forMs]) => ({ address, forMs })),
  );
  const gone = remove.filter(ofFamily);
  const touched = new Set([...[...kept.keys()].filter(ofFamily), ...gone]);
  if (touched.size === 0) return [];
  const all = `{ ${[...touched].join(', ')} }`;
  const lines = [`add element ${table} ${name} ${all}`, `delete element ${table} ${name} ${all}`];
  return timed.length === 0 ? lines : [...lines, `add element ${table} ${name} { ${timed.join(', ')} }`];
}
