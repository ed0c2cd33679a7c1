/**
 * Is Sallyport itself alive: the page's health answer, and our own refusal of a name that cannot exist. Neither needs a
 * firewall or an upstream, so an outage out there never makes a container restart. Reads the same environment as the server.
 *
 *   node scripts/healthcheck.ts     exit 0, or 1 with one line that says what did not answer
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { request } from 'node:http';
import { request as requestTls } from 'node:https';
import { isIPv6 } from 'node:net';

async function main(): Promise<void> {
  const env = process.env;
  const dnsListeners = (env['SALLYPORT_DNS_LISTEN'] ?? '127.0.0.1:1053').split(',');
  const checks = [
    checkPage(
      env['SALLYPORT_WEB_LISTEN'] ?? '127.0.0.1:8080',
      env['SALLYPORT_TLS_CERT'] !== undefined,
      env['SALLYPORT_BASE_PATH'] ?? '',
    ),
    ...dnsListeners.map((listener) => checkNames(listener.trim())),
  ];
  const failures = (await Promise.allSettled(checks)).filter((check) => check.status === 'rejected');
  for (const failure of failures) console.error(String(failure.reason?.message ?? failure.reason));
  process.exit(failures.length === 0 ? 0 : 1);
}

async function checkPage(listener: string, tls: boolean, basePath: string): Promise<void> {
  const { address, port } = reachable(listener);
  const host = isIPv6(address) ? `[${address}]` : address;
  const path = `${basePath.replace(/\/+$/, '')}/healthz`;
  // The certificate names the outside; here it only has to answer, from this very machine.
  const send = tls ? requestTls : request;
  const sent = send({
    host: address,
    port,
    path,
    headers: { host: `${host}:${port}` },
    rejectUnauthorized: false,
  });
  sent.end();
  try {
    const [response] = await once(sent, 'response', { signal: AbortSignal.timeout(WAIT_MS) });
    response.resume();
    if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}`);
  } catch (error) {
    throw new Error(`page ${host}:${port}${path}: ${(error as Error).message}`);
  } finally {
    sent.destroy();
  }
}

async function checkNames(listener: string): Promise<void> {
  const { address, port } = reachable(listener);
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  try {
    socket.connect(port, address);
    await once(socket, 'connect');
    socket.send(QUESTION);
    const [reply] = (await once(socket, 'message', { signal: AbortSignal.timeout(WAIT_MS) })) as [Buffer];
    const rcode = reply.readUInt8(3) & 0x0f;
    if (reply.readUInt16BE(0) !== QUESTION.readUInt16BE(0) || !REFUSALS.includes(rcode)) {
      throw new Error(`healthcheck.invalid was answered with rcode ${rcode} instead of a refusal`);
    }
  } catch (error) {
    throw new Error(`names ${address}:${port}: ${(error as Error).message}`);
  } finally {
    socket.close();
  }
}

/** Where a listener is reached from this machine: one on all addresses is asked on loopback. */
function reachable(listener: string): { readonly address: string; readonly port: number } {
  const parts = listener.match(/^\[?([^\]]*)\]?:(\d+)$/);
  if (parts?.[1] === undefined) throw new Error(`not address:port: ${listener}`);
  const address = parts[1];
  const loopback = { '0.0.0.0': '127.0.0.1', '::': '::1', '': '127.0.0.1' }[address];
  return { address: loopback ?? address, port: Number(parts[2]) };
}

/** Below the five seconds the container runtime gives. */
const WAIT_MS = 4_000;
/** NXDOMAIN, and REFUSED for a client that belongs to no group. */
const REFUSALS: readonly number[] = [3, 5];
/** healthcheck.invalid, A, IN, with RD: .invalid never exists (RFC 6761 section 6.4), so no upstream is asked for it. */
const QUESTION = Buffer.from(
  '\x53\x50\x01\0\0\x01\0\0\0\0\0\0\x0bhealthcheck\x07invalid\0\0\x01\0\x01',
  'latin1',
);

await main();
