import { spawnSync } from 'node:child_process';
import { findProgram } from '../support/find-program.ts';

/** A set of test files, and what a machine must have for them. */
export interface Suite {
  readonly name: string;
  /** Configuration of vitest; files that the default one would run, too, unless they are left out. */
  readonly config?: string;
  readonly files: string;
  readonly needs: readonly Need[];
}

/** A program on PATH, or the right to make network and mount namespaces (root, and not in a plain container). */
export type Need =
  | 'namespaces'
  | 'busybox'
  | 'chromium'
  | 'curl'
  | 'dig'
  | 'dnsdist'
  | 'dnsmasq'
  | 'getent'
  | 'ip'
  | 'kdig'
  | 'musl-gcc'
  | 'nginx'
  | 'nft'
  | 'nsenter'
  | 'openssl'
  | 'python3'
  | 'setpriv'
  | 'unshare';

export const EVERYWHERE = 'test/**';

/** What `npm test` runs after the checks; the first entry is everything that no later one claims. */
export const SUITES: readonly Suite[] = [
  { name: 'units', files: EVERYWHERE, needs: [] },
  { name: 'toy internet', files: 'test/scripts/toy-internet.test.ts', needs: ['dig'] },
  { name: 'image', files: 'test/scripts/image.test.ts', needs: ['namespaces', 'unshare', 'setpriv', 'ip'] },
  { name: 'certificates', files: 'test/{api/tls,base/http-tls,control/doctor}.test.ts', needs: ['openssl'] },
  {
    name: 'encrypted upstreams',
    files: 'test/dns/upstream/{bootstrap,dnsdist,faults,https,tls}.test.ts',
    needs: ['openssl', 'dnsdist'],
  },
  { name: 'nftables', files: 'test/**/*nftables*.test.ts', needs: ['namespaces', 'ip', 'nft'] },
  { name: 'page', files: 'test/{e2e/**,attacks/page.test.ts}', needs: ['chromium', 'nginx'] },
  { name: 'scenarios', config: 'vitest.scenarios.config.ts', files: 'test/scenarios/**', needs: [] },
  { name: 'simulation', config: 'vitest.simulation.config.ts', files: 'test/simulation/**', needs: [] },
  {
    name: 'faults',
    config: 'vitest.faults.config.ts',
    files: 'test/faults/**',
    needs: ['namespaces', 'unshare', 'nsenter', 'setpriv', 'ip', 'dig', 'curl'],
  },
  {
    name: 'network namespaces',
    config: 'vitest.netns.config.ts',
    files: 'test/netns/**',
    needs: ['namespaces', 'ip', 'nft', 'dig', 'dnsmasq', 'openssl', 'busybox'],
  },
  {
    name: 'real clients',
    config: 'vitest.clients.config.ts',
    files: 'test/clients/**',
    needs: ['namespaces', 'unshare', 'nsenter', 'ip', 'dig', 'kdig', 'getent', 'musl-gcc', 'python3', 'curl'],
  },
];

/** What is missing for a suite; empty when it can run. */
export function missingFor(suite: Suite, has: (need: Need) => boolean): readonly Need[] {
  return suite.needs.filter((need) => !has(need));
}

export function machineHas(need: Need): boolean {
  if (need === 'namespaces') return spawnSync('unshare', ['--net', '--mount', 'true']).status === 0;
  return findProgram(need) !== undefined;
}
