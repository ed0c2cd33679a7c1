/**
 * Node's two resolvers, their time and what they said: one line of JSON for each call.
 *
 *   resolve-node.ts lookup TIMES NAME          dns.lookup: getaddrinfo of the C library, in a thread
 *   resolve-node.ts cares TIMES NAME TYPE...   dns.Resolver: c-ares, which asks itself
 */
import { lookup, Resolver } from 'node:dns/promises';

const [how, times, name = '', ...types] = process.argv.slice(2);

async function viaLookup(): Promise<readonly string[]> {
  return (await lookup(name, { all: true, order: 'verbatim' })).map((found) => found.address);
}

/** All types at once, as programs do; the first failure counts only when no type has anything. */
async function viaCares(): Promise<readonly string[]> {
  const resolver = new Resolver(); // A new one each time: it may keep answers, and ours are what is measured.
  const results = await Promise.allSettled(types.map((type) => resolver.resolve(name, type)));
  const found = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = results.find((result) => result.status === 'rejected');
  if (found.length === 0) throw failed?.reason;
  return found.flat().map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));
}

const ask = how === 'lookup' ? viaLookup : viaCares;
for (let left = Number(times); left > 0; left--) {
  const began = performance.now();
  let said = 'found';
  let addresses: readonly string[] = [];
  try {
    addresses = await ask();
  } catch (error) {
    said = (error as NodeJS.ErrnoException).code ?? String(error);
  }
  console.log(JSON.stringify({ ms: performance.now() - began, said, addresses }));
}
