/** Rules are copied from the pages as they stand there. */
import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const pages = globSync('docs/**/*.md').map((path) => [path, readFileSync(path, 'utf8')] as const);
const routerOs = pages.filter(([, text]) => /^\s*\/ip firewall filter$/m.test(text));

test.each(routerOs)(
  '%s opens the list of RouterOS in both families, on named ports, and nothing else',
  (_, text) => {
    const [ipv4 = '', ipv6 = ''] = text.split('/ipv6 firewall filter\n');
    for (const family of [ipv4, ipv6]) {
      const accepting = family
        .split('\n')
        .filter((line) => /dst-address-list=.*action=accept|action=accept.*dst-address-list=/.test(line));
      expect(accepting).toHaveLength(1);
      for (const line of accepting) expect(line).toMatch(/ protocol=tcp dst-port=80,443 /);
    }
    expect(text).not.toMatch(/^\s*add .*dst-address=[\d.]+\/\d+/m);
  },
);
