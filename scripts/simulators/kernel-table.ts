import { execFileSync } from 'node:child_process';
import type { PfTable } from './opnsense-actions.ts';

/**
 * A table of the simulated box that is the sets <alias>_v4 and <alias>_v6 of this network namespace: what the box says
 * it holds is what the kernel lets through. Its entries never end by themselves, as those of pf do not.
 */
export function createKernelTable(table: string, alias: string): PfTable {
  const nft = (input: string) => execFileSync('nft', ['-f', '-'], { input: `${input}\n`, stdio: 'pipe' });
  const setOf = (entry: string) => `${table} ${alias}_${entry.includes(':') ? 'v6' : 'v4'}`;
  // One call for both sets: a call of nft takes longer than its work.
  const keys = (): readonly string[] => {
    const listed = execFileSync('nft', ['-j', 'list', 'table', ...table.split(' ')], { encoding: 'utf8' });
    const sets = (JSON.parse(listed) as Listing).nftables.flatMap(({ set }) => set ?? []);
    return sets
      .filter(({ name }) => name === `${alias}_v4` || name === `${alias}_v6`)
      .flatMap(({ elem = [] }) => elem)
      .map((element) => (typeof element === 'string' ? element : element.elem.val));
  };
  return {
    /** Nobody here comes near the limit of a table, which is all that this is asked for. */
    size: 0,
    keys,
    has: (entry) => keys().includes(entry),
    add: (entry) => nft(`add element ${setOf(entry)} { ${entry} }`),
    // Added first: nft refuses to delete what is not there, and pf does not.
    delete: (entry) =>
      nft(`add element ${setOf(entry)} { ${entry} }\ndelete element ${setOf(entry)} { ${entry} }`),
    clear: () => nft(`flush set ${table} ${alias}_v4\nflush set ${table} ${alias}_v6`),
  };
}

interface Listing {
  readonly nftables: readonly { readonly set?: ListedSet }[];
}
interface ListedSet {
  readonly name: string;
  readonly elem?: readonly (string | { readonly elem: { readonly val: string } })[];
}
