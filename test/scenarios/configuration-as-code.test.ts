/** A list that lives in Git, from the file to the answers: read again on SIGHUP, broken, and broken at a start. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { start as startToyInternet, type ToyInternet } from '../../scripts/toy-internet.ts';
import { PATIENCE_MS, PLEX, type Product, startProduct, until } from './product.ts';

const ZONE = {
  'one.example.net': { a: ['198.51.100.1'], ttl: 60 },
  'two.example.net': { a: ['198.51.100.2'], ttl: 60 },
};
const CONFIG = `groups:
  - name: plex
    clients: [${PLEX}]
    mode: enforce
    rules:
      - allow: one.example.net
`;
const TWO = CONFIG.replace('one.', 'two.');

let toy: ToyInternet;
let product: Product;
beforeAll(async () => {
  toy = await startToyInternet({ zone: ZONE });
  product = await startProduct({ upstreamPort: toy.port, config: CONFIG });
});
afterAll(async () => {
  await product.close();
  await toy.close();
});

const file = () => join(product.directory, 'sallyport.yaml');
const rcodes = async () =>
  Promise.all(['one.example.net', 'two.example.net'].map(async (name) => (await product.ask(name)).rcode));

test('the file is read again on SIGHUP; a broken one changes nothing, now and at the next start', async () => {
  expect(await rcodes()).toEqual(['NOERROR', 'NXDOMAIN']);

  await writeFile(file(), TWO);
  expect(await product.cli('apply', '--yes')).toContain(
    '- rule plex: allow one.example.net  (sallyport.yaml:6)',
  );
  expect(await rcodes()).toEqual(['NXDOMAIN', 'NOERROR']);

  await writeFile(file(), CONFIG);
  process.kill(product.process.pid, 'SIGHUP');
  await until('the file counts', PATIENCE_MS, async () => (await rcodes())[0] === 'NOERROR');

  const broken = CONFIG.replace('mode: enforce', 'mode: strict');
  await writeFile(file(), broken);
  process.kill(product.process.pid, 'SIGHUP');
  const isTold = async () =>
    (await product.status()).configuration.problem?.message.includes('sallyport.yaml:4') === true;
  await until('the status says what is wrong', PATIENCE_MS, isTold);
  expect(await rcodes()).toEqual(['NOERROR', 'NXDOMAIN']);

  await product.process.stop('SIGTERM');
  product = await startProduct({ upstreamPort: toy.port, config: broken, directory: product.directory });
  expect(await isTold()).toBe(true);
  expect((await product.status()).warnings.join()).toContain('what was in force before stays');
  expect(await rcodes()).toEqual(['NOERROR', 'NXDOMAIN']);
  expect(await readFile(join(product.dataDirectory, 'last-good.yaml'), 'utf8')).toBe(CONFIG);

  await writeFile(file(), TWO);
  expect(await product.cli('apply', '--yes')).toContain('2 changes.');
  expect(await isTold()).toBe(false);
  expect(await rcodes()).toEqual(['NXDOMAIN', 'NOERROR']);
});
