/** DNS over TLS and over HTTPS as Debian's dnsdist speaks them, with a toy upstream behind it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { parseIpAddress } from '../../../src/base/ip-address.ts';
import { type Endpoint, formatEndpoint } from '../../../src/dns/endpoint.ts';
import { parseUpstream } from '../../../src/dns/upstream/address.ts';
import { openUpstream } from '../../../src/dns/upstream/open.ts';
import type { Upstream } from '../../../src/dns/upstream/upstream.ts';
import { CLASS, TYPE } from '../../../src/dns/wire/constants.ts';
import { addressOf } from '../../../src/dns/wire/records.ts';
import { name } from '../wire/packets.ts';
import { createAuthority } from './certificates.ts';
import { addressAnswer, startServer } from './servers.ts';

const about = (text: string) => ({
  name: name(text),
  type: TYPE.A,
  class: CLASS.IN,
  dnssecOk: false,
  checkingDisabled: false,
});
const forever = new AbortController().signal;

/** dnsdist on free ports until the test ends, and what its certificate is vouched for by. */
async function startDnsdist() {
  const authority = createAuthority();
  const { certFile, keyFile } = authority.issue('DNS:dns.test');
  // It asks over TCP what it was asked over TLS.
  const answer = (query: Buffer) => [addressAnswer(query, [192, 0, 2, 1])];
  const toy = await startServer({ udp: answer, tcp: answer });
  const [plain, tls, https] = await Promise.all([freeStreamPort(), freeStreamPort(), freeStreamPort()]);
  const directory = await mkdtemp(join(tmpdir(), 'dnsdist-'));
  const file = join(directory, 'dnsdist.conf');
  const certificate = `'${certFile}', '${keyFile}'`;
  writeFileSync(
    file,
    `setSecurityPollSuffix('')
     setLocal('${formatEndpoint(plain)}')
     newServer('${formatEndpoint(toy.endpoint)}'):setUp()
     addTLSLocal('${formatEndpoint(tls)}', ${certificate})
     addDOHLocal('${formatEndpoint(https)}', ${certificate}, '/dns-query')\n`,
  );
  const child = spawn('dnsdist', ['--supervised', '--disable-syslog', '-C', file], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  onTestFinished(async () => {
    child.kill();
    await ended;
    rmSync(directory, { recursive: true });
  });
  return { ca: authority.ca, tls, https, isRunning: () => child.exitCode === null };
}

async function freeStreamPort(): Promise<Endpoint> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return { address: parseIpAddress('127.0.0.1'), port };
}

/** Asks until somebody listens. */
async function answered(upstream: Upstream, isRunning: () => boolean) {
  for (;;) {
    try {
      return await upstream.exchange(about('first.example.org'), forever);
    } catch (error) {
      if (!isRunning()) throw error;
      await nextTurn();
    }
  }
}

test.each(['tls', 'https'] as const)('over %s, 200 questions at once are all answered', async (protocol) => {
  const server = await startDnsdist();
  const path = protocol === 'https' ? '/dns-query' : '';
  const url = `${protocol}://${formatEndpoint(server[protocol])}${path}#dns.test`;
  const upstream = openUpstream(parseUpstream(url), { clock: systemClock(), ca: server.ca });
  onTestFinished(() => upstream.close());
  expect((await answered(upstream, server.isRunning)).answers.map(addressOf)).toEqual(['192.0.2.1']);

  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, i) => upstream.exchange(about(`n${i}.example.org`), forever)),
  );
  expect(new Set(answers.flatMap((answer) => answer.answers.map(addressOf)))).toEqual(new Set(['192.0.2.1']));
  expect(upstream.mismatched()).toBe(0);
});

test.each(['tls', 'https'] as const)(
  'over %s, with another name than its certificate’s, it is told nothing',
  async (protocol) => {
    const server = await startDnsdist();
    const open = (serverName: string) => {
      const url = `${protocol}://${formatEndpoint(server[protocol])}#${serverName}`;
      const upstream = openUpstream(parseUpstream(url), { clock: systemClock(), ca: server.ca });
      onTestFinished(() => upstream.close());
      return upstream;
    };
    await answered(open('dns.test'), server.isRunning);
    await expect(open('other.test').exchange(about('example.org'), forever)).rejects.toMatchObject({
      kind: 'network',
      cause: { message: expect.stringContaining('altnames') },
    });
  },
);
