import { once } from 'node:events';
import net from 'node:net';
import { expect, test } from 'vitest';
import { createPlaces } from '../../src/api/events/places.ts';
import { createApi } from '../../src/api/server.ts';
import { createWorld } from '../actions/world.ts';
import { apiDeps, bearer } from './stage.ts';

test('an export that is cancelled while it is searched gives its place back, and searches no further', async () => {
  const world = createWorld();
  const places = createPlaces();
  let [taken, given, searches] = [0, 0, 0];
  let goOn = () => {};
  const counting = {
    take(user: string) {
      const release = places.take(user);
      taken++;
      return () => {
        given++;
        release();
      };
    },
  };
  const search = () => {
    searches++;
    return new Promise<{ items: []; nextCursor: string }>((resolve) => {
      goOn = () => resolve({ items: [], nextCursor: '5' });
    });
  };
  const app = createApi('web', {
    ...apiDeps(world),
    places: counting,
    queries: { ...world.queries, search },
  });
  const closed = new Promise<void>((resolve) =>
    app.server.on('connection', (socket) => socket.on('close', () => resolve())),
  );
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as net.AddressInfo;
  const socket = net.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(
    `GET /api/v1/queries.csv?part=zz HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: ${bearer.authorization}\r\n\r\n`,
  );
  await expect.poll(() => searches).toBe(1);
  socket.destroy();
  await closed;
  goOn();
  await expect.poll(() => ({ taken, given })).toEqual({ taken: 1, given: 1 });
  await app.close();
  expect(searches).toBe(1);
  world.close();
});
