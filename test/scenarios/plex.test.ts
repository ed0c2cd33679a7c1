/** What a Plex server reaches without a name, or by names that say their own address, on a firewall that holds what it is given. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { z } from 'zod';
import { DEFAULT_USER, start as startOpnsense } from '../../scripts/simulators/opnsense.ts';
import { start as startPlex } from '../../scripts/simulators/plex.ts';
import { start as startToyInternet, type ToyInternet } from '../../scripts/toy-internet.ts';
import type { DenialPage } from '../../src/api/contract/denials.ts';
import type { FeedOnly } from '../../src/api/contract/feeds.ts';
import type { PlexDirectFound } from '../../src/api/contract/groups.ts';
import type { LeaseList } from '../../src/api/contract/leases.ts';
import { PATIENCE_MS, PLEX, type Product, startProduct, until } from './product.ts';

const HASH = '0123456789abcdef'.repeat(2);
const FRIEND = 'b'.repeat(32);
const FOREIGN = 'f'.repeat(32);
const TOKEN = 'xyzTOKENxyz123456789';
const PUSH = ['198.51.100.70', '198.51.100.71', '198.51.100.72', '198.51.100.73'];

let toy: ToyInternet;
let opnsense: Awaited<ReturnType<typeof startOpnsense>>;
let plex: Awaited<ReturnType<typeof startPlex>>;
let lists: Server;
let product: Product;
const asked: (string | undefined)[] = [];
/** What the server of the list sends, as XML. */
let sent = `<MediaContainer size="4">${PUSH.map((host) => `<Server host="${host}" region="fra"/>`).join('')}</MediaContainer>`;

beforeAll(async () => {
  toy = await startToyInternet({ zone: {} });
  opnsense = await startOpnsense();
  plex = await startPlex({ hash: HASH });
  lists = createServer((request, response) => {
    asked.push(request.headers['x-plex-token']?.toString());
    response.writeHead(200, { 'content-type': 'application/xml' }).end(sent);
  });
  await new Promise<void>((resolve) => lists.listen(0, '127.0.0.1', resolve));
  product = await startProduct({
    upstreamPort: toy.port,
    env: { PLEX_TOKEN: TOKEN },
    config: `
file: seed
groups:
  - { name: plex, clients: [${PLEX}], mode: enforce }
feeds:
  - name: push
    groups: [plex]
    preset: plex-pubsub
    token: { env: PLEX_TOKEN }
    url: http://127.0.0.1:${(lists.address() as AddressInfo).port}/servers
firewalls:
  - name: edge
    driver: opnsense
    url: ${opnsense.url}
    key: ${DEFAULT_USER.key}
    secret: ${DEFAULT_USER.secret}
    alias: plexfw_live
    groups: [plex]
`,
  });
});
afterAll(async () => {
  await product.close();
  await new Promise((resolve) => lists.close(resolve));
  await Promise.all([plex.close(), opnsense.close(), toy.close()]);
});

const table = () => opnsense.table('plexfw_live');
const denials = async () =>
  (await product.api<z.infer<typeof DenialPage>>('GET', '/api/v1/denials')).items.map(({ name, reason }) => [
    name,
    reason,
  ]);

test('the list of push servers takes the place of the built-in one, and is on the firewall with its note', async () => {
  const { feed } = await product.api<z.infer<typeof FeedOnly>>('POST', '/api/v1/feeds/push/refresh');
  expect(feed).toMatchObject({ entries: 4, list: 'fetched', ports: [443] });
  expect(asked).toContain(TOKEN);
  // What comes is opened before what goes is closed.
  await until('the alias holds the list, and no more of the built-in one', PATIENCE_MS, () => {
    const open = table();
    return PUSH.every((address) => open.includes(address)) && !open.includes('172.104.145.70');
  });
  const leases = await product.api<z.infer<typeof LeaseList>>('GET', '/api/v1/leases');
  expect(leases.items).toContainEqual(
    expect.objectContaining({
      address: PUSH[0],
      cause: 'feed',
      name: 'push',
      note: expect.stringContaining('pubsub'),
    }),
  );
});

test('the hash is found, added, and the server’s own name answered', async () => {
  const own = `192-168-20-5.${HASH}.plex.direct`;
  expect(await product.ask(own)).toMatchObject({ rcode: 'NXDOMAIN' });
  const found = await product.api<PlexDirectFound>('POST', '/api/v1/groups/plex/plex-direct/find', {
    server: `127.0.0.1:${plex.port}`,
  });
  expect(found.proposal).toEqual({ hashes: [HASH], ownAddresses: ['127.0.0.1'] });
  await product.cli('plex-direct', '--add', HASH, '--own', '192.168.20.5');
  expect(await product.ask(own)).toMatchObject({ rcode: 'NOERROR', addresses: ['192.168.20.5'] });
  expect(table()).not.toContain('192.168.20.5');
});

test('a friend’s server is answered and open; a stranger’s, and an address that somebody chose, are refused and named', async () => {
  const friend = `203-0-113-9.${FRIEND}.plex.direct`;
  await product.cli('plex-direct', '--share', FRIEND, '--address', '203.0.113.9', '--note', 'Bo');
  expect(await product.ask(friend)).toMatchObject({ addresses: ['203.0.113.9'] });
  await until('it is on the firewall', PATIENCE_MS, () => table().includes('203.0.113.9'));

  const risky = `203-0-113-66.${HASH}.plex.direct`;
  const foreign = `203-0-113-66.${FOREIGN}.plex.direct`;
  for (const name of [risky, foreign]) expect(await product.ask(name)).toMatchObject({ rcode: 'NXDOMAIN' });
  await until('both refusals are written down', PATIENCE_MS, async () => (await denials()).length === 2);
  expect(await denials()).toEqual(
    expect.arrayContaining([
      [risky, 'plex-direct-risky'],
      [foreign, 'plex-direct-foreign'],
    ]),
  );
  expect(table()).not.toContain('203.0.113.66');
});

test('a list that becomes a page closes nothing, not over a restart either; nobody is shown the token', async () => {
  const before = table().toSorted();
  sent = '<!DOCTYPE html><html><body>Sign in</body></html>';
  product = await product.restart('SIGKILL');
  const { feed } = await product.api<z.infer<typeof FeedOnly>>('POST', '/api/v1/feeds/push/refresh');
  expect(feed).toMatchObject({ entries: 4, list: 'fetched', problem: expect.stringContaining('web page') });
  await product.cli('sync');
  expect(table().toSorted()).toEqual(before);
  const shown = [
    await product.cli('feeds'),
    await product.cli('status'),
    await product.cli('export'),
    product.said(),
  ];
  expect(shown.join('\n')).not.toContain(TOKEN);
  expect(shown[2]).toContain('env: PLEX_TOKEN');
});
