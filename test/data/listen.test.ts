import { expect, onTestFinished, test } from 'vitest';
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

test('a wildcard listens on every address of this machine', async () => {
  const table = createConnectionTable(TCP_LIMITS);
  const { listeners, reports } = await listen(['0.0.0.0:0'], () => undefined, ignoreTrouble, table);
  onTestFinished(async () => void (await Promise.all(listeners.map((listener) => listener.close()))));
  expect(reports).toContainEqual({ protocol: 'udp', address: '127.0.0.1', port: expect.any(Number) });
  expect(reports).toContainEqual({ protocol: 'tcp', address: '127.0.0.1', port: expect.any(Number) });
});
