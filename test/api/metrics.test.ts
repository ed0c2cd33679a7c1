import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  createWorld,
  feed,
  firewall,
  group,
  newHost,
  openAddress,
  refused,
  type World,
} from '../actions/world.ts';
import { bearer, createClient } from './stage.ts';

let world: World;
beforeEach(() => {
  world = createWorld();
});
afterEach(() => world.close());

test('the numbers are there for a monitoring system, and name no client and no name', async () => {
  const plex = group(world, 'plex', { mode: 'enforce' });
  world.firewalls.push(firewall({ unexplained: 2 }));
  world.feedReports.push(feed({ problem: 'no answer' }));
  world.open.push(openAddress(), openAddress({ cause: 'pin' }), openAddress());
  refused(world, plex, 'image.tmdb.org');
  newHost(world, '192.168.40.5', 'plex.tv');
  const { status, headers, text } = await createClient(world).ask('GET', '/metrics', { headers: bearer });
  expect(status).toBe(200);
  expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(text.split('\n')).toEqual(
    expect.arrayContaining([
      'sallyport_info{version="0.1.0"} 1',
      'sallyport_questions_total{verdict="allowed"} 8',
      'sallyport_questions_total{verdict="denied"} 2',
      'sallyport_answers_unconfirmed_total 0',
      'sallyport_open_addresses{group="plex",cause="answer"} 2',
      'sallyport_open_addresses{group="plex",cause="pin"} 1',
      'sallyport_group_enforced{group="plex"} 1',
      'sallyport_denials_waiting 1',
      'sallyport_new_hosts 1',
      'sallyport_firewall_up{firewall="edge"} 1',
      'sallyport_firewall_unexplained{firewall="edge"} 2',
      'sallyport_feed_failing{feed="cdn"} 1',
      'sallyport_promise_holds{promise="P1"} 1',
      'sallyport_promise_holds{promise="P2"} 0',
    ]),
  );
  expect(text).not.toMatch(/tmdb|192\.168|192\.0\.2/);
});

test('reading them twice counts nothing twice, and an empty house has some too', async () => {
  const client = createClient(world);
  const read = () => client.ask('GET', '/metrics', { headers: bearer });
  const { text } = await read();
  expect(text).toContain('sallyport_questions_total{verdict="denied"} 2');
  expect((await read()).text).toBe(text);
});

test('they need what the API needs', async () => {
  group(world);
  expect(await createClient(world).ask('GET', '/metrics')).toMatchObject({ status: 403 });
  const below = createClient(world, 'web', { basePath: '/sallyport' });
  expect(await below.ask('GET', '/sallyport/metrics', { headers: bearer })).toMatchObject({ status: 200 });
});
