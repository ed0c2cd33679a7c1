import { expect, test } from 'vitest';
import { listen } from '../../src/data/listen.ts';
import { createConnectionTable } from '../../src/dns/listener/connection-table.ts';
import { ignoreTrouble } from '../../src/dns/listener/listener.ts';
import { TCP_LIMITS } from '../../src/dns/listener/tcp.ts';

test('a wildcard of a family this machine has no address of is reported with the remedy', async () => {
  const table = createConnectionTable(TCP_LIMITS);
  const { listeners, reports } = await listen(
    ['[::]:53'],
    () => undefined,
    ignoreTrouble,
    table,
    () => [],
  );
  expect(listeners).toEqual([]);
  expect(reports).toMatchObject([
    { protocol: 'udp', address: '::', port: 53, error: { code: 'EADDRNOTAVAIL' } },
    { protocol: 'tcp', address: '::', port: 53, error: { code: 'EADDRNOTAVAIL' } },
  ]);
  expect(reports[0]?.error?.remedy).toContain('no IPv6 address but link-local ones');
});
