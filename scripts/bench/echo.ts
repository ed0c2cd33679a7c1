/** A bare UDP echo: the ceiling of what Node's own sockets carry. `node scripts/bench/echo.ts PORT` */
import { createSocket } from 'node:dgram';

const socket = createSocket('udp4');
socket.on('message', (packet, { port, address }) => {
  // The QR bit, so that the generator takes it for a response (RFC 1035 section 4.1.1).
  packet[2] = (packet[2] ?? 0) | 0x80;
  socket.send(packet, port, address);
});
socket.bind(Number(process.argv[2]), '127.0.0.1');
