/** What the planes tell as it happens, which the live events are made of. */
import { expect, test } from 'vitest';
import type { News } from '../../src/actions/news.ts';
import { a } from '../support/toy-upstream.ts';
import { house } from './house.ts';

const kinds = (told: readonly News[]) => new Set(told.map(({ kind }) => kind));

test('a refused name, a rule, an open address and a run of the sync are told', async () => {
  const h = await house({ allowed: ['plex.tv'] });
  h.upstream.answers('plex.tv A', a('plex.tv', '192.0.2.7', 60));
  const told: News[] = [];
  h.control.news.listen((news) => told.push(news));

  await h.answer('image.tmdb.org');
  await h.pass(500, 250);
  expect(told).toContainEqual(
    expect.objectContaining({ kind: 'denials', batch: [expect.objectContaining({ groupId: h.groupId })] }),
  );

  await h.answer('plex.tv');
  await h.pass(500, 250);
  expect(told).toContainEqual({ kind: 'addresses', addresses: ['192.0.2.7'] });
  expect(told).toContainEqual({ kind: 'sync', firewall: 'edge' });

  told.length = 0;
  const id = h.allow('image.tmdb.org', { expiresAt: h.clock.now() + 60_000 });
  await h.control.policy.reload();
  expect(told).toContainEqual({ kind: 'rules', added: [id], changed: [], ended: [] });
  expect(kinds(told)).toContain('groups');

  told.length = 0;
  await h.pass(61_000);
  expect(told).toContainEqual({ kind: 'rules', added: [], changed: [], ended: [id] });
});
