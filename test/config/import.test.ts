import { deflateRawSync, gzipSync } from 'node:zlib';
import Sqlite from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KnownError } from '../../src/base/errors.ts';
import type { ImportFormat } from '../../src/config/import/entry.ts';
import { readImport } from '../../src/config/import/import.ts';
import { readGravity } from '../../src/store/gravity.ts';

const read = (content: string | Buffer, format: ImportFormat | 'auto' = 'auto') =>
  readImport(Buffer.from(content as string), format, readGravity);
const shown = (content: string | Buffer, format: ImportFormat | 'auto' = 'auto') => {
  const { entries, skipped, format: found } = read(content, format);
  return {
    format: found,
    rules: entries.map(
      ({ action, pattern, note }) => `${action} ${pattern}${note === '' ? '' : ` (${note})`}`,
    ),
    skipped: skipped.map(({ line, text, reason }) => `${line} ${text}: ${reason}`),
  };
};

test('a plain list: names as rules are written, with what stands behind # as a note', () => {
  expect(
    shown(`# my list
plex.tv   # account
*.Plex.Direct
.tmdb.org.

0.0.0.0 ads.example
two words
*.com
.github.io
a..b
192.0.2.7
plex.tv`),
  ).toEqual({
    format: 'plain',
    rules: ['allow plex.tv (account)', 'allow *.plex.direct', 'allow .tmdb.org'],
    skipped: [
      '6 0.0.0.0 ads.example: a line of a hosts file says where a name is, not whether it is allowed',
      '7 two words: more than one word',
      '8 *.com: it covers everything under com, which strangers share',
      '9 .github.io: it covers everything under github.io, which strangers share',
      '10 a..b: not a domain name: "a..b" (empty label)',
      '11 192.0.2.7: not a host name: 192.0.2.7 is an address; open it with `sallyport addresses add`',
    ],
  });
});

test('Squid: lines of squid.conf and files for dstdomain', () => {
  expect(
    shown(`acl plex dstdomain -n .plex.tv api.example "/etc/squid/more"
acl ads dstdom_regex -i ^ads\\.
acl cdn dstdomain 192.0.2.1
.tmdb.org # artwork`),
  ).toEqual({
    format: 'squid-dstdomain',
    rules: ['allow .plex.tv', 'allow api.example', 'allow .tmdb.org (artwork)'],
    skipped: [
      '1 "/etc/squid/more": a file of its own; import that',
      '2 acl ads dstdom_regex -i ^ads\\.: dstdom_regex is no list of names',
      '3 192.0.2.1: an address; open it with `sallyport addresses add`',
    ],
  });
});

test('Squid: of a whole squid.conf only lists of names that are not denied', () => {
  expect(
    shown(`http_port 3128
acl plex dstdomain .plex.tv
acl ads dstdomain .ads.example
acl both dstdomain both.example
acl CONNECT method CONNECT
http_access deny ads # never
http_access deny !plex both
http_access allow plex
http_access allow both`),
  ).toEqual({
    format: 'squid-dstdomain',
    rules: ['allow .plex.tv', 'allow both.example'],
    skipped: [
      '1 http_port 3128: a directive of squid.conf that lists no names',
      '3 acl ads dstdomain .ads.example: http_access denies it',
      '5 acl CONNECT method CONNECT: method is no list of names',
    ],
  });
});

test('Squid: the names of an access log, those asked most first', () => {
  expect(
    shown(`1066036250.603    310 192.168.20.5 TCP_MISS/200 2345 GET http://api.themoviedb.org/3/x - HIER_DIRECT/192.0.2.9 text/html
1066036251.100      0 192.168.20.5 TCP_TUNNEL/200 39 CONNECT plex.tv:443 - HIER_DIRECT/192.0.2.3 -
1066036252.100      0 192.168.20.5 TCP_TUNNEL/200 39 CONNECT Plex.tv:443 - HIER_DIRECT/192.0.2.3 -
1066036253.100      0 192.168.20.5 TCP_DENIED/403 39 CONNECT ads.example:443 - HIER_NONE/- -
1066036254.100      0 192.168.20.5 TCP_TUNNEL/200 39 CONNECT 192.0.2.77:443 - HIER_DIRECT/192.0.2.77 -
1066036255.100      0 192.168.20.5 NONE/000 0 NONE error:transaction-end-before-headers - HIER_NONE/- -
not a line`),
  ).toEqual({
    format: 'squid-log',
    rules: [
      'allow plex.tv (asked through Squid 2 times)',
      'allow api.themoviedb.org (asked through Squid once)',
    ],
    skipped: [
      '5 192.0.2.77: an address, and no name',
      expect.stringContaining('6 1066036255.100'),
      '7 not a line: not a line of an access log with a host in it',
      '4 ads.example: Squid denied it each time (1)',
    ],
  });
});

describe('Pi-hole', () => {
  const rows = [
    { id: 1, type: 0, domain: 'plex.tv', enabled: 1, comment: 'account' },
    { id: 2, type: 1, domain: 'ads.example', enabled: 1, comment: null },
    { id: 3, type: 2, domain: '(\\.|^)tmdb\\.org$', enabled: 1 },
    { id: 4, type: 2, domain: '^img[0-9]+\\.', enabled: 1 },
    { id: 5, type: 0, domain: 'off.example', enabled: 0 },
  ];
  const result = {
    format: 'pihole',
    rules: ['allow plex.tv (account)', 'deny ads.example', 'allow .tmdb.org'],
    skipped: [
      '4 ^img[0-9]+\\.: a regular expression; write the names it stands for',
      '5 off.example: switched off in Pi-hole',
    ],
  };

  test('rows of domainlist as JSON', () => {
    expect(shown(JSON.stringify(rows))).toEqual(result);
  });

  test('as the API of version 6 tells them', () => {
    const domains = rows.map(({ type, enabled, ...row }) => ({
      ...row,
      type: type % 2 === 0 ? 'allow' : 'deny',
      kind: type < 2 ? 'exact' : 'regex',
      enabled: enabled === 1,
    }));
    expect(shown(JSON.stringify({ domains, took: 0.003 }))).toEqual(result);
  });

  test('as sqlite3 prints them', () => {
    const text = rows.map(({ type, domain, enabled, comment }) =>
      [type, domain, enabled, comment ?? ''].join('|'),
    );
    expect(shown(text.join('\n'))).toEqual(result);
  });

  test('a Teleporter archive of version 5, whose lists say by their names what they are', () => {
    const list = (type: number) =>
      JSON.stringify(rows.filter((row) => row.type === type).map(({ type: _, ...row }) => row));
    const octets = tarGz({
      'pi-hole/whitelist.exact.json': list(0),
      'blacklist.exact.json': list(1),
      'whitelist.regex.json': list(2),
      'adlist.json': '[{"address": "https://example.org/list"}]',
    });
    expect(shown(octets).rules).toEqual(['allow plex.tv (account)', 'allow .tmdb.org', 'deny ads.example']);
  });

  test('a Teleporter archive of version 6, and its database alone', () => {
    const database = gravity(
      'CREATE TABLE domainlist (id INTEGER PRIMARY KEY, type INTEGER, domain TEXT, enabled BOOLEAN, comment TEXT)',
      ...rows.map(
        ({ type, domain, enabled, comment }) =>
          `INSERT INTO domainlist (type, domain, enabled, comment) VALUES (${type}, '${domain}', ${enabled}, ${comment ? `'${comment}'` : 'NULL'})`,
      ),
    );
    expect(shown(database)).toEqual(result);
    expect(shown(zip({ 'etc/pihole/pihole.toml': 'x', 'etc/pihole/gravity.db': database }))).toEqual(result);
  });

  test('rows of a database that are none are left out, whatever they hold', () => {
    const database = gravity(
      'CREATE TABLE domainlist (id INTEGER PRIMARY KEY, type, domain, enabled, comment)',
      "INSERT INTO domainlist (type, domain, enabled, comment) VALUES (0, NULL, 1, NULL), (0, x'ff00', 1, NULL), ('x', 'a.example', 1, NULL), (0, 'b.example', 1, 7), (0, 'plex.tv', 1, NULL)",
    );
    const { rules, skipped } = shown(database);
    expect(rules).toEqual(['allow plex.tv']);
    expect(skipped.map((line) => line.split(': ').at(-1))).toEqual(
      Array(4).fill('not a row of a domain list'),
    );
  });

  test('a view in place of the table is not asked', () => {
    const database = gravity(
      'CREATE VIEW domainlist AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS id, 0 AS type, i AS domain, 1 AS enabled, NULL AS comment FROM n',
    );
    expect(() => read(database)).toThrow('it has no table domainlist');
  });
});

describe('AdGuard Home', () => {
  const rules = [
    '@@||plex.tv^',
    '@@||tmdb.org^$important',
    '||ads.example^',
    '@@|one.example^',
    'bare.example',
    '0.0.0.0 hosts.example',
    '192.168.1.2 nas.example',
    '||metrics.example^$client=192.168.1.5',
    '/^ads/',
    '! a comment',
    '@@||org^',
  ];
  const result = {
    format: 'adguard',
    rules: [
      'allow .plex.tv',
      'allow .tmdb.org',
      'deny .ads.example',
      'allow one.example',
      'deny bare.example',
      'deny hosts.example',
    ],
  };
  const reasons = [
    '192.168.1.2 nas.example: it rewrites an answer',
    '||metrics.example^$client=192.168.1.5: $client=192.168.1.5 has no like here',
    '/^ads/: a regular expression; write the names it stands for',
    '.org: it covers everything under org, which strangers share',
  ];

  test('the user rules of AdGuardHome.yaml, each with its line', () => {
    const yaml = `users:\n  - name: root\n    password: $2a$10$abc\nuser_rules:\n${rules.map((rule) => `  - '${rule}'\n`).join('')}dns: {}\n`;
    expect(shown(yaml)).toEqual({
      ...result,
      skipped: reasons.map((reason, i) => `${[11, 12, 13, 15][i]} ${reason}`),
    });
  });

  test('an item that is no text is told as left out', () => {
    expect(shown("user_rules:\n  - '@@||tmdb.org^'\n  - 12\n")).toMatchObject({
      rules: ['allow .tmdb.org'],
      skipped: ['3 12: not a text'],
    });
  });

  test('rules as text', () => {
    expect(shown(rules.join('\n'), 'adguard')).toEqual({
      ...result,
      skipped: reasons.map((reason, i) => `${[7, 8, 9, 11][i]} ${reason}`),
    });
  });

  test('a name without any sign, in a list that nobody called one of AdGuard, is neither denied nor allowed', () => {
    expect(shown('plex.tv\n||ads.example^\nads2.example^\n')).toEqual({
      format: 'adguard',
      rules: ['deny .ads.example', 'deny ads2.example'],
      skipped: [
        '1 plex.tv: among rules of AdGuard a name alone is denied: to allow it leave those out, to deny it write |plex.tv^',
      ],
    });
  });

  test('a bomb of aliases in the file is refused', () => {
    const bomb = ['user_rules: []', 'a0: &a0 [x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 9; i++)
      bomb.push(
        `a${i}: &a${i} [${Array(8)
          .fill(`*a${i - 1}`)
          .join(', ')}]`,
      );
    expect(() => read(bomb.join('\n'))).toThrow(KnownError);
  });
});

test('dnsmasq: names of nftset and ipset lines cover what is below them', () => {
  expect(
    shown(`# sets
nftset=/plex.tv/plex.direct/4#inet#fw4#plex
ipset=/tmdb.org/cdn,cdn6
--nftset=/example.org/inet#fw4#x
nftset=/#/4#inet#fw4#all
server=/lan/192.168.1.1`),
  ).toEqual({
    format: 'dnsmasq',
    rules: [
      'allow .plex.tv (nftset 4#inet#fw4#plex)',
      'allow .plex.direct (nftset 4#inet#fw4#plex)',
      'allow .tmdb.org (ipset cdn,cdn6)',
      'allow .example.org (nftset inet#fw4#x)',
    ],
    skipped: [
      '5 nftset=/#/4#inet#fw4#all: it stands for every name',
      '6 server=/lan/192.168.1.1: neither nftset= nor ipset=',
    ],
  });
});

describe('a file that is made to hurt', () => {
  test.each<[string, string | Buffer, string]>([
    ['octets', Buffer.from([1, 2, 0, 3]), 'this is no text'],
    ['a gzip bomb', gzipSync(Buffer.alloc(80 * 2 ** 20)), 'more than 64 MiB unpacked'],
    ['a zip bomb', zip({ 'gravity.db': Buffer.alloc(80 * 2 ** 20) }), 'more than 64 MiB unpacked'],
    ['a zip that is cut off', zip({ 'gravity.db': 'x' }).subarray(0, 40), 'it is cut off'],
    ['a damaged gzip', Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0, 9, 9]), 'it is damaged'],
    ['an archive of something else', zip({ 'a.txt': 'x' }), 'no list of Pi-hole'],
    ['a database of something else', gravity('CREATE TABLE x (y)'), 'no table domainlist'],
    ['JSON of something else', '{"a": 1}', 'not a domain list of Pi-hole'],
    ['JSON that is none', '[{', 'not a domain list of Pi-hole'],
  ])('%s is refused with a reason', (_, content, reason) => {
    expect(() => read(content)).toThrow(reason);
    expect(() => read(content)).toThrow(expect.objectContaining({ code: 'invalid-input' }));
  });

  test('more names than anybody allows are counted and left out', () => {
    const { entries, skipped, skippedCount } = read(
      Array.from({ length: 12_000 }, (_, i) => `n${i}.example.org`).join('\n'),
    );
    expect([entries.length, skippedCount, skipped.length]).toEqual([10_000, 2000, 500]);
  });

  test('whatever it is, it is read or refused', () => {
    const archive = zip({ 'gravity.db': 'not a database', 'whitelist.exact.json': '[]' });
    const tar = tarGz({ 'whitelist.exact.json': '[]' });
    const damaged = fc
      .tuple(fc.constantFrom(archive, tar), fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 8 }))
      .map(([octets, changes]) => {
        const copy = Buffer.from(octets);
        for (const [at, value] of changes) if (at < copy.length) copy[at] = value;
        return copy;
      });
    const anything = fc.oneof(
      damaged,
      fc.uint8Array({ maxLength: 300 }).map(Buffer.from),
      fc.string().map(Buffer.from),
    );
    const formats = fc.constantFrom<ImportFormat | 'auto'>(
      'auto',
      'plain',
      'squid-log',
      'squid-dstdomain',
      'pihole',
      'adguard',
      'dnsmasq',
    );
    fc.assert(
      fc.property(anything, formats, (octets, format) => {
        try {
          read(octets, format);
        } catch (error) {
          if (!(error instanceof KnownError)) throw error;
        }
      }),
    );
  });
});

function gravity(...statements: readonly string[]): Buffer {
  const file = new Sqlite(':memory:');
  for (const statement of statements) file.exec(statement);
  const octets = file.serialize();
  file.close();
  return octets;
}

function tarGz(files: Readonly<Record<string, string>>): Buffer {
  const blocks = Object.entries(files).map(([name, text]) => {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write(`${Buffer.byteLength(text).toString(8).padStart(11, '0')}\0`, 124);
    header.write('0', 156);
    const content = Buffer.alloc(Math.ceil(Buffer.byteLength(text) / 512) * 512);
    content.write(text);
    return Buffer.concat([header, content]);
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

function zip(files: Readonly<Record<string, string | Buffer>>): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, content] of Object.entries(files)) {
    const packed = deflateRawSync(Buffer.from(content as string));
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(8, 8);
    local.writeUInt32LE(packed.length, 18);
    local.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(8, 10);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(at, 42);
    parts.push(local, Buffer.from(name), packed);
    directory.push(entry, Buffer.from(name));
    at += 30 + name.length + packed.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Object.keys(files).length, 10);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, ...directory, end]);
}
