import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below what the kernel gives to outgoing connections (ip_local_port_range begins at 32768): from there somebody who asks
 * whether the port is up yet may be given the same number, and then talks to himself.
 */
const FIRST_PORT = 10_240;
const END_PORT = 32_000;

/**
 * A port that is free for UDP and TCP on loopback right now, for programs that must be told a number (dnsmasq reads 0
 * as "no DNS"). Somebody else may take it before they do: callers notice, because their program then does not come up.
 */
export async function freePort(address = '127.0.0.1'): Promise<number> {
  const port = randomInt(FIRST_PORT, END_PORT);
  const udp = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  const tcp = createServer();
  try {
    udp.bind(port, address);
    await once(udp, 'listening');
    tcp.listen(port, address);
    await once(tcp, 'listening');
    return port;
  } catch {
    return await freePort(address); // Taken for one of the two: another number will do.
  } finally {
    tcp.close();
    udp.close();
  }
}
