import { execFileSync } from 'node:child_process';
import type { PfTable } from './opnsense-actions.ts';

/**
 * A table of the simulated box that is the sets <alias>_v4 and <alias>_v6 of this network namespace: what the box says
 * it holds is what the kernel lets through. Its entries never end by themselves, as those of pf do not.
 */
export function createKernelTable(table: string, alias: string): PfTable {
  const nft = (input: string) => execFileSync('nft', ['-f', '-'], { input: `${input}\n`, stdio: 'pipe' });
  const setOf = (entry: string) => `${table} ${alias}_${entry.includes(':') ? 'v6' : 'v4'}`;
  const list = (family: 'v4' | 'v6'): readonly string[] => {
    const args = ['-j', 'list', 'set', ...table.split(' '), `${alias}_${family}`];
    const listed = JSON.parse(execFileSync('nft', args, { encoding: 'utf8' })) as Listing;
    const elements = listed.nftables.flatMap(({ set }) => set?.elem ?? []);
    return elements.map((element) => (typeof element === 'string' ? element : element.elem.val));
  };
  const keys = () => [...list('v4'), ...list('v6')];
  return {
    get size() {
      return keys().length;
    },
    keys,
    has: (entry) => keys().includes(entry),
    set: (entry) => nft(`add element ${setOf(entry)} { ${entry} }`),
    // Added first: nft refuses to delete what is not there, and pf does not.
    delete: (entry) =>
      nft(`add element ${setOf(entry)} { ${entry} }\ndelete element ${setOf(entry)} { ${entry} }`),
    clear: () => nft(`flush set ${table} ${alias}_v4\nflush set ${table} ${alias}_v6`),
  };
}

interface Listing {
  readonly nftables: readonly { readonly set?: { readonly elem?: readonly Element[] } }[];
}
type Element = string | { readonly elem: { readonly val: string } };
