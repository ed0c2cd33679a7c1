import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { neverOpened } from '../../../src/base/address-class.ts';
import { KnownError } from '../../../src/base/errors.ts';
import { judgeList } from '../../../src/control/feeds/judge-list.ts';
import { parseList } from '../../../src/control/feeds/parse-list.ts';
import { ip } from '../../store/world.ts';

const text = (list: string) => parseList(list, { format: 'text' });

describe('a list', () => {
  test('of lines may have comments, prefixes of one address, and anything twice', () => {
    const list = [
      '# push servers',
      '198.51.100.1 ; west',
      '',
      '198.51.100.2/32\r',
      '2001:DB8::1#x',
      '198.51.100.1',
    ];
    expect(text(list.join('\n'))).toEqual({
      addresses: ['198.51.100.1', '198.51.100.2', '2001:db8::1'],
      networks: 0,
      unread: 0,
      firstUnread: undefined,
    });
  });

  test('counts networks and what is no address', () => {
    expect(text('198.51.100.0/24\nexample.org\n198.51.100.1')).toMatchObject({
      addresses: ['198.51.100.1'],
      networks: 1,
      unread: 1,
      firstUnread: 'example.org',
    });
  });

  test('may stand anywhere in JSON', () => {
    const json = JSON.stringify({ data: { ipv4: ['198.51.100.1', 7] } });
    expect(parseList(json, { format: 'json', path: 'data.ipv4' })).toMatchObject({
      addresses: ['198.51.100.1'],
      unread: 1,
    });
    expect(parseList('["198.51.100.1"]', { format: 'json' }).addresses).toEqual(['198.51.100.1']);
  });

  test.each([
    ['a web page', () => text('  <!DOCTYPE html><p>Sign in')],
    ['no JSON', () => parseList('198.51.100.1', { format: 'json' })],
    ['a path to nothing', () => parseList('{"a":{}}', { format: 'json', path: 'a.b' })],
    ['what every object has', () => parseList('{}', { format: 'json', path: 'constructor' })],
  ])('is refused: %s', (_, parse) => {
    expect(parse).toThrow(expect.objectContaining({ code: 'feed-refused' }));
  });

  test('whatever comes, it is read or refused', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 500 }),
        fc.constantFrom('text' as const, 'json' as const),
        (any, format) => {
          try {
            parseList(any, { format, ...(format === 'json' ? { path: 'a.b' } : {}) });
          } catch (error) {
            expect(error).toBeInstanceOf(KnownError);
          }
        },
      ),
    );
  });
});

describe('a list that came is', () => {
  const before = Array.from({ length: 20 }, (_, i) => ip(`198.51.100.${i + 1}`));
  const judge = (list: string, max = 1000) =>
    judgeList({ list: text(list), before, max, isNeverOpened: neverOpened([]) });

  test('taken, less what is never opened', () => {
    const list = [...before, '192.168.1.1', '9.9.9.9', '198.51.100.0/30', '203.0.113.1'].join('\n');
    expect(judge(list)).toEqual({ kind: 'take', addresses: [...before, '203.0.113.1'], dropped: 3 });
  });

  test.each([
    ['empty', '# nothing today', /empty/],
    ['all private', '10.0.0.1\n192.168.1.1', /none of its 2 entries/],
    ['something else', 'hello\nworld\n198.51.100.1', /does not look like a list of addresses: "hello"/],
  ])('refused: %s', (_, list, why) => {
    expect(judge(list)).toEqual({ kind: 'refused', why: expect.stringMatching(why) });
  });

  test('refused when it has more than the feed may have', () => {
    expect(judge(before.join('\n'), 19)).toEqual({
      kind: 'refused',
      why: expect.stringContaining('may have 19'),
    });
  });

  test('held when more than nine of ten addresses would go', () => {
    expect(judge(before.slice(0, 2).join('\n'))).toMatchObject({ kind: 'take' });
    expect(judge(before.slice(0, 1).join('\n'))).toMatchObject({
      kind: 'held',
      addresses: ['198.51.100.1'],
      why: 'it would close 19 of 20 addresses',
    });
    expect(judge(Array.from({ length: 20 }, (_, i) => `203.0.113.${i}`).join('\n'))).toMatchObject({
      kind: 'held',
    });
  });
});
