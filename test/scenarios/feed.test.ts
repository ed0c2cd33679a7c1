/** A firewall that fetches its list from the whole product: what it gets, and what the status says of it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { start as startToyInternet, type ToyInternet } from '../../scripts/toy-internet.ts';
import { PATIENCE_MS, PLEX, type Product, startProduct, until } from './product.ts';

const CONFIG = `
groups:
  - { name: plex, clients: [${PLEX}], mode: enforce, rules: [{ allow: '*.example.net' }] }
firewalls:
  - { name: edge, driver: feed, alias: plex, sources: [127.0.0.1], groups: [plex] }
sync: { schedule: '* * * * * *' }
`;

let toy: ToyInternet;
let product: Product;
beforeAll(async () => {
  toy = await startToyInternet({ zone: { 'a.example.net': { a: ['198.51.100.1'], ttl: 60 } } });
  product = await startProduct({ config: CONFIG, upstreamPort: toy.port });
});
afterAll(async () => {
  await product.close();
  await toy.close();
});

const path = async () => (await product.api<{ path: string }>('GET', '/api/v1/firewalls/edge/list')).path;
const fetchList = async () =>
  fetch(`http://127.0.0.1:${product.webPort}${await path()}`, { headers: { 'user-agent': 'pfSense/2.8.1' } });
const sentence = async () => (await product.status()).firewalls[0]?.sentence ?? '';

test('from the first answer to the fetch that opens its address, and over a restart', async () => {
  await until('the list is whole', PATIENCE_MS, async () => (await fetchList()).status === 200);
  expect(await (await fetchList()).text()).toBe('# plex is empty\n');

  // Nobody waits for a fetch: the answer comes at once, and is counted.
  expect((await product.ask('a.example.net')).addresses).toEqual(['198.51.100.1']);
  await until('the state says what waits', PATIENCE_MS, async () =>
    /1 address is in the list, and not open before the firewall fetches it; pfSense \(127\.0\.0\.1\) fetched the list \d+ s ago/.test(
      await sentence(),
    ),
  );
  expect(await (await fetchList()).text()).toBe('198.51.100.1\n');
  await until('it is held', PATIENCE_MS, async () =>
    /holds what it should \(1 address\)/.test(await sentence()),
  );
  await until('the answer is counted', PATIENCE_MS, async () => {
    return (await product.status()).counters.toldUnconfirmed === 1;
  });

  const before = await path();
  product = await product.restart('SIGKILL');
  expect(await path()).toBe(before);
  const statuses = new Set<number>();
  await until('the list is whole again', PATIENCE_MS, async () => {
    const answer = await fetchList();
    statuses.add(answer.status);
    if (answer.status !== 200) return false;
    expect(await answer.text()).toBe('198.51.100.1\n');
    return true;
  });
  expect([...statuses].every((status) => status === 200 || status === 503)).toBe(true);
  expect(product.said()).not.toContain(before.split('/')[2]);
});
