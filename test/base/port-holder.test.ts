import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { portHolder } from '../../src/base/port-holder.ts';

const OURSELVES = `${readFileSync('/proc/self/comm', 'utf8').trim()} (pid ${process.pid})`;

test('the holder of a port is named, for UDP and TCP, and nobody when it is free', async () => {
  const udp = createSocket('udp4').bind(0, '127.0.0.1');
  await once(udp, 'listening');
  const tcp = createServer().listen(0, '::1');
  await once(tcp, 'listening');
  const [udpPort, tcpPort] = [udp.address().port, (tcp.address() as AddressInfo).port];

  expect(portHolder('udp', udpPort)).toBe(OURSELVES);
  expect(portHolder('tcp', tcpPort)).toBe(OURSELVES);
  udp.close();
  tcp.close();
  await once(tcp, 'close');
  expect(portHolder('udp', udpPort)).toBeUndefined();
  expect(portHolder('tcp', tcpPort)).toBeUndefined();
});
