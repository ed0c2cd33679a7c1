import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { neverOpened } from '../../../src/base/address-class.ts';
import { KnownError } from '../../../src/base/errors.ts';
import { judgeList } from '../../../src/control/feeds/judge-list.ts';
import { parseList } from '../../../src/control/feeds/parse-list.ts';
import { ip } from '../../store/world.ts';

const text = (list: string) => parseList(list, { format: 'text' });

const xml = (list: string) => parseList(list, { format: 'xml', path: 'Server@host' });

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
    ['servers.host', '{"servers":[{"host":"198.51.100.1"},{"host":"198.51.100.2"},{"port":1}]}'],
    ['regions.v4', '{"regions":[{"v4":["198.51.100.1"]},{"v4":["198.51.100.2"]}]}'],
  ])('in JSON may stand below each item of a list: %s', (path, json) => {
    expect(parseList(json, { format: 'json', path })).toMatchObject({
      addresses: ['198.51.100.1', '198.51.100.2'],
      unread: 0,
    });
  });

  test.each([
    [
      'Server@host',
      '<?xml version="1.0"?>\n<MediaContainer size="2"><Server host="198.51.100.1" region="fra"/><Server host="198.51.100.2"/></MediaContainer>',
    ],
    [
      'MediaContainer.Server@host',
      '<MediaContainer><Server host=" 198.51.100.1 "/><Other><Server host="9.9.9.9"/></Other><Server host="198.51.100.2"/></MediaContainer>',
    ],
    [
      'list.ip',
      '<x:list xmlns:x="urn:x"><x:ip>198.51.100.1</x:ip><x:ip>\n<![CDATA[198.51.100.2]]></x:ip></x:list>',
    ],
  ])('in XML is what elements have in an attribute or in them: %s', (path, xml) => {
    expect(parseList(xml, { format: 'xml', path })).toMatchObject({
      addresses: ['198.51.100.1', '198.51.100.2'],
      unread: 0,
    });
  });

  test.each([
    ['a web page', () => text('  <!DOCTYPE html><p>Sign in')],
    ['no JSON', () => parseList('198.51.100.1', { format: 'json' })],
    ['a path to nothing', () => parseList('{"a":{}}', { format: 'json', path: 'a.b' })],
    ['what every object has', () => parseList('{}', { format: 'json', path: 'constructor' })],
    ['an error in JSON', () => parseList('{"servers":{"error":1}}', { format: 'json', path: 'servers' })],
    ['no XML', () => xml('198.51.100.1')],
    ['XML that ends in the middle', () => xml('<a><Server host="198.51.100.1"/>')],
    ['XML without such an element', () => xml('<a><Error host="198.51.100.1"/></a>')],
    [
      'a page of XML',
      () => xml('<?xml version="1.0"?><!DOCTYPE html><html><Server host="198.51.100.1"/></html>'),
    ],
    [
      'entities of its own',
      () => xml('<!DOCTYPE a [<!ENTITY x "198.51.100.1">]><a><Server host="&x;"/></a>'),
    ],
    ['an entity that nobody declared', () => xml('<a><Server host="&x;"/></a>')],
    [
      'entities that unpack to all of the memory',
      () =>
        xml(
          `<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">${'bcdefgh'.replaceAll(/./g, (c) => `<!ENTITY ${c} "${`&${String.fromCharCode(c.charCodeAt(0) - 1)};`.repeat(10)}">`)}]><a><Server host="&h;"/></a>`,
        ),
    ],
    [
      'a file of ours',
      () => xml('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a><Server host="&x;"/></a>'),
    ],
    ['something without a bottom', () => xml(`${'<a>'.repeat(100_000)}<Server host="198.51.100.1"/>`)],
    ['more entries than any list has', () => text('198.51.100.1\n'.repeat(20_001))],
  ])('is refused: %s', (_, parse) => {
    expect(parse).toThrow(expect.objectContaining({ code: 'feed-refused' }));
  });

  test('whatever comes, it is read or refused', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 500 }),
        fc.constantFrom('text' as const, 'json' as const, 'xml' as const),
        (any, format) => {
          try {
            parseList(any, { format, ...(format === 'text' ? {} : { path: 'a.b' }) });
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
