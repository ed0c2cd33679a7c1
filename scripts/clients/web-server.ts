/** Answers every request on port 80 of every address with the address it was reached on. */
import { createServer } from 'node:http';

const server = createServer((request, response) => {
  response.end(request.socket.localAddress?.replace(/^::ffff:/, '') ?? '');
});
server.listen(80, '::', () => console.log('ready'));
process.stdin.resume().on('end', () => process.exit(0));
