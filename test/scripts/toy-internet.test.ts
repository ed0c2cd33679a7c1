/** The internet the tests are proven on has to be right itself: asked here with dig and over raw sockets. */
import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { decode, encode } from 'dns-packet';
import { afterEach, expect, test } from 'vitest';
import type { Zone } from '../../scripts/toy-internet/zone.ts';
import { start, type ToyInternet } from '../../scripts/toy-internet.ts';

const run = promisify(execFile);
const started: ToyInternet[] = [];

async function toyWith(zone: Zone, controlPort?: number): Promise<ToyInternet> {
  const toy = await start(controlPort === undefined ? { zone } : { zone, controlPort });
  started.push(toy);
  return toy;
}

afterEach(async () => {
  await Promise.all(started.splice(0).map((toy) => toy.close()));
});

async function dig(toy: ToyInternet, ...question: readonly string[]): Promise<string> {
  const common = ['@127.0.0.1', '-p', String(toy.port), '+tries=1', '+time=2', '+nocookie'];
  return (await run('dig', [...common, ...question])).stdout;
}

const short = async (toy: ToyInternet, ...question: readonly string[]) =>
  (await dig(toy, '+short', ...question)).trim().split('\n').filter(Boolean);

test('addresses come k of n, in turn', async () => {
  const toy = await toyWith({ 'cdn.example.net': { a: ['192.0.2.1', '192.0.2.2', '192.0.2.3'], take: 2 } });
  expect(await short(toy, 'cdn.example.net', 'A')).toEqual(['192.0.2.1', '192.0.2.2']);
  // A name is the same in capitals, and resolvers write it in both to be harder to fool.
  expect(await short(toy, 'cDn.eXample.net', 'A')).toEqual(['192.0.2.3', '192.0.2.1']);
  expect(await short(toy, 'cdn.example.net', 'A')).toEqual(['192.0.2.2', '192.0.2.3']);
});

test('a chain is told link by link, each with its own TTL', async () => {
  const toy = await toyWith({
    'www.example.net': { cname: 'a.cdn.example.net', ttl: 300 },
    'a.cdn.example.net': { cname: 'b.cdn.example.net', ttl: 20 },
    'b.cdn.example.net': { a: ['192.0.2.7'], ttl: 5 },
  });
  const lines = (await dig(toy, '+noall', '+answer', 'www.example.net', 'A')).trim().split('\n');
  expect(lines.map((line) => line.split(/\s+/))).toEqual([
    ['www.example.net.', '300', 'IN', 'CNAME', 'a.cdn.example.net.'],
    ['a.cdn.example.net.', '20', 'IN', 'CNAME', 'b.cdn.example.net.'],
    ['b.cdn.example.net.', '5', 'IN', 'A', '192.0.2.7'],
  ]);
});

test.each([
  ['absent.example.net', 'NXDOMAIN'],
  ['v4only.example.net', 'NOERROR'], // NODATA: the name is there, the type is not
  ['above.example.net', 'NOERROR'], // only a name below it is listed
  ['broken.example.net', 'SERVFAIL'],
  ['closed.example.net', 'REFUSED'],
  ['loop.example.net', 'SERVFAIL'],
])('%s AAAA is %s without an address', async (name, rcode) => {
  const toy = await toyWith({
    'v4only.example.net': { a: ['192.0.2.1'] },
    'deep.above.example.net': { a: ['192.0.2.1'] },
    'broken.example.net': { outcome: 'servfail' },
    'closed.example.net': { outcome: 'refused' },
    'loop.example.net': { cname: 'loop.example.net' },
  });
  const answer = await dig(toy, name, 'AAAA');
  expect(answer).toContain(`status: ${rcode}`);
  expect(answer).toContain('ANSWER: 0');
  if (rcode === 'NXDOMAIN') expect(answer).toMatch(/IN\s+SOA/);
});

test('a wildcard answers below itself, with the name that was asked', async () => {
  const toy = await toyWith({ '*.wild.example.net': { a: ['192.0.2.9'] } });
  expect(await dig(toy, '+noall', '+answer', 'x.y.wild.example.net', 'A')).toMatch(
    /^x\.y\.wild\.example\.net\./,
  );
  expect(await dig(toy, 'wild.example.net', 'A')).toContain('status: NOERROR');
});

test('what does not fit says so over UDP and comes whole over TCP', async () => {
  const a = Array.from({ length: 40 }, (_, i) => `192.0.2.${i + 1}`);
  const toy = await toyWith({ 'big.example.net': { a } });
  expect(await dig(toy, '+noedns', '+ignore', 'big.example.net', 'A')).toMatch(/flags:[^;]* tc/);
  expect(await short(toy, '+noedns', 'big.example.net', 'A')).toHaveLength(40);
});

test('every packet is counted by name, answered or not, and silence is silent', async () => {
  const toy = await toyWith({
    'seen.example.net': { a: ['192.0.2.1'] },
    'silent.example.net': { outcome: 'silent' },
  });
  await dig(toy, 'seen.example.net', 'A');
  await dig(toy, 'SEEN.example.net', 'A');
  await expect(dig(toy, '+time=1', 'silent.example.net', 'A')).rejects.toThrow();
  toy.silence(true);
  await expect(dig(toy, '+time=1', 'seen.example.net', 'A')).rejects.toThrow();
  toy.silence(false);
  await dig(toy, 'seen.example.net', 'A');
  expect(toy.counts()).toEqual({ 'seen.example.net': 4, 'silent.example.net': 1 });
});

test('what is no query is counted and not answered', async () => {
  const toy = await toyWith({ 'seen.example.net': { a: ['192.0.2.1'] } });
  const socket = createSocket('udp4');
  socket.send(Buffer.from('rubbish'), toy.port, '127.0.0.1');
  const question = { name: 'seen.example.net', type: 'A' } as const;
  socket.send(encode({ type: 'query', id: 7, questions: [question] }), toy.port, '127.0.0.1');
  const [reply] = (await once(socket, 'message')) as [Buffer];
  socket.close();
  expect(decode(reply).id).toBe(7);
  expect(toy.counts()).toEqual({ '': 1, 'seen.example.net': 1 });
});

test('another process holds the strings through the control port', async () => {
  const toy = await toyWith({}, 0);
  const post = (path: string, body: unknown) =>
    fetch(`${toy.controlUrl}${path}`, { method: 'POST', body: JSON.stringify(body) });
  expect((await post('/zone', { 'new.example.net': { a: ['192.0.2.1'] } })).status).toBe(200);
  expect(await short(toy, 'new.example.net', 'A')).toEqual(['192.0.2.1']);
  expect(await (await fetch(`${toy.controlUrl}/counts`)).json()).toEqual({ 'new.example.net': 1 });
  expect((await post('/silence', { on: true })).status).toBe(200);
  await expect(dig(toy, '+time=1', 'new.example.net', 'A')).rejects.toThrow();
  expect((await post('/zone', { 'bad.example.net': { a: ['not an address'] } })).status).toBe(400);
  expect((await fetch(`${toy.controlUrl}/elsewhere`)).status).toBe(404);
});

test('the default zone is Plex-shaped: a chain with few of many addresses, all of them documentation addresses', async () => {
  const toy = await start({});
  started.push(toy);
  const answer = await short(toy, 'downloads.plex.tv', 'A');
  expect(answer).toHaveLength(6);
  expect(answer.slice(2).every((address) => /^198\.51\.100\./.test(address))).toBe(true);
  expect(await short(toy, 'servers.plex.tv', 'A')).toHaveLength(2);
});
