import { describe, expect, test } from 'vitest';
import { parseDomainName } from '../../src/base/domain-name.ts';
import { TYPE } from '../../src/dns/wire/constants.ts';
import type { ResourceRecord } from '../../src/dns/wire/response.ts';
import { hintsOf, parseServiceBinding, SVC_PARAM } from '../../src/dns/wire/svcb.ts';
import { a, cname } from '../support/toy-upstream.ts';
import { allow, room } from './room.ts';
import { labels, u16 } from './wire/packets.ts';

const octets = (address: string) => Buffer.from(address.split('.').map(Number));
const param = (key: number, value: Buffer) => Buffer.concat([u16(key, value.length), value]);
const ECH = param(SVC_PARAM.ECH, Buffer.from('hidden'));
const ALPN = param(SVC_PARAM.ALPN, Buffer.from('\x02h2'));

interface Binding {
  readonly target?: Buffer;
  readonly hints?: readonly string[];
  readonly mandatory?: boolean;
  readonly ttl?: number;
  readonly owner?: string;
  readonly priority?: number;
}

function https({
  target = Buffer.of(0),
  hints = [],
  mandatory,
  ttl = 300,
  ...rest
}: Binding): ResourceRecord {
  const params = [
    ...(mandatory === true
      ? [param(SVC_PARAM.MANDATORY, u16(SVC_PARAM.ALPN, SVC_PARAM.IPV4HINT, SVC_PARAM.ECH))]
      : []),
    ALPN,
    param(SVC_PARAM.IPV4HINT, Buffer.concat(hints.map(octets))),
    ECH,
  ];
  const rdata = Buffer.concat([u16(rest.priority ?? 1), target, ...params]);
  return { ...a(rest.owner ?? 'plex.tv', '192.0.2.1', ttl), type: TYPE.HTTPS, rdata };
}

const gated = (more: Parameters<typeof room>[0] = {}) =>
  room({
    rules: [allow('plex.tv', { types: 'any' }), allow('svc.example')],
    ...more,
    group: { gated: true, graceMs: 60_000, ...more.group },
  });
/** What the client was told, by key; undefined when there is no record. */
async function bindingOf(made: ReturnType<typeof room>) {
  const { raw } = await made.ask('plex.tv', 'HTTPS');
  const data = raw.answers?.findLast((record) => record.type === ('UNKNOWN_65' as string));
  return data && 'data' in data ? parseServiceBinding(data.data as Buffer) : undefined;
}
const keysOf = (binding: Awaited<ReturnType<typeof bindingOf>>) => [...(binding?.params.keys() ?? [])];

describe('a hint in a gated group', () => {
  const confirmed = async (name: string, address: string, binding: Binding, heldForMs?: number) => {
    const made = gated();
    made.upstream.answers(`${name} A`, a(name, address));
    const asked = made.ask(name);
    await made.now(asked);
    made.confirm(heldForMs);
    await made.now(asked);
    made.upstream.answers('plex.tv HTTPS', https(binding));
    return made;
  };

  test('stays when the firewall holds it for the name that was asked', async () => {
    const made = await confirmed('plex.tv', '198.51.100.1', { hints: ['198.51.100.1', '198.51.100.2'] });
    const binding = await bindingOf(made);
    expect(binding && hintsOf(binding)).toEqual(['198.51.100.1']);
    expect(keysOf(binding)).toEqual([SVC_PARAM.ALPN, SVC_PARAM.IPV4HINT]);
    expect(made.requested.map((lease) => lease.address)).toEqual(['198.51.100.1']);
  });

  test('stays when the firewall holds it for the target', async () => {
    const target = labels('svc', 'example');
    const made = await confirmed('svc.example', '198.51.100.1', { target, hints: ['198.51.100.1'] });
    const binding = await bindingOf(made);
    expect(binding && hintsOf(binding)).toEqual(['198.51.100.1']);
  });

  test('goes when it is held for another name only', async () => {
    const made = await confirmed('svc.example', '198.51.100.1', { hints: ['198.51.100.1'] });
    expect(keysOf(await bindingOf(made))).toEqual([SVC_PARAM.ALPN]);
  });

  test('goes when the firewall lets go of it, grace counted, before the record ends', async () => {
    const binding = { hints: ['198.51.100.1'], ttl: 300 };
    const late = await confirmed('plex.tv', '198.51.100.1', binding, 359_000);
    expect(keysOf(await bindingOf(late))).toEqual([SVC_PARAM.ALPN]);
    const early = await confirmed('plex.tv', '198.51.100.1', binding, 361_000);
    expect(keysOf(await bindingOf(early))).toEqual([SVC_PARAM.ALPN, SVC_PARAM.IPV4HINT]);
  });

  test('is not told again from the cache once it was withdrawn', async () => {
    const made = await confirmed('plex.tv', '198.51.100.1', { hints: ['198.51.100.1'] });
    expect(keysOf(await bindingOf(made))).toContain(SVC_PARAM.IPV4HINT);
    const withdrawn = { groupId: 1, name: parseDomainName('plex.tv'), address: '198.51.100.1' as never };
    made.gate.update([{ ...withdrawn, heldUntil: undefined }], []);
    expect(keysOf(await bindingOf(made))).toEqual([SVC_PARAM.ALPN]);
  });

  test('that goes is mandatory no longer, nor is ECH', async () => {
    const made = gated();
    made.upstream.answers('plex.tv HTTPS', https({ hints: ['198.51.100.1'], mandatory: true }));
    const binding = await bindingOf(made);
    expect(keysOf(binding)).toEqual([SVC_PARAM.MANDATORY, SVC_PARAM.ALPN]);
    expect(binding?.params.get(SVC_PARAM.MANDATORY)).toEqual(u16(SVC_PARAM.ALPN));
  });

  test('of a private address stays where the rule says private, and is never asked of the firewall', async () => {
    const made = gated({ rules: [allow('plex.tv', { types: 'any', private: true })] });
    made.upstream.answers('plex.tv HTTPS', https({ hints: ['192.168.1.1', '198.51.100.1'] }));
    const binding = await bindingOf(made);
    expect(binding && hintsOf(binding)).toEqual(['192.168.1.1']);
    expect(made.requested).toEqual([]);
  });
});

test('in a gated group a malformed record is dropped, beside good ones', async () => {
  const made = gated();
  const broken = { ...https({}), rdata: Buffer.of(0, 1, 0, 0, 4, 0, 9) };
  made.upstream.answers('plex.tv HTTPS', broken, https({ hints: ['198.51.100.1'] }));
  expect((await made.ask('plex.tv', 'HTTPS')).answers).toHaveLength(1);
});

test('in a gated group behind a CNAME the records of its target are cut the same way', async () => {
  const made = gated();
  made.upstream.answers(
    'plex.tv HTTPS',
    cname('plex.tv', 'cdn.example'),
    https({ owner: 'cdn.example', hints: ['198.51.100.1'] }),
  );
  expect(keysOf(await bindingOf(made))).toEqual([SVC_PARAM.ALPN]);
});

describe('without a gate', () => {
  const open = (isPrivate: boolean) =>
    room({ rules: [allow('plex.tv', { types: 'any', private: isPrivate })], group: { gated: false } });

  test('only private hints of public names go, and ECH stays', async () => {
    const made = open(false);
    made.upstream.answers('plex.tv HTTPS', https({ hints: ['192.168.1.1', '198.51.100.1', '1.1.1.1'] }));
    const binding = await bindingOf(made);
    expect(binding && hintsOf(binding)).toEqual(['198.51.100.1', '1.1.1.1']);
    expect(keysOf(binding)).toContain(SVC_PARAM.ECH);
  });

  test('a rule that says private keeps the record octet for octet', async () => {
    const made = open(true);
    const record = https({ hints: ['192.168.1.1'] });
    made.upstream.answers('plex.tv HTTPS', record);
    expect((await made.ask('plex.tv', 'HTTPS')).answers).toEqual([`HTTPS ${record.rdata.toString('hex')}`]);
  });
});
