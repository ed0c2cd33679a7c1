import { expect, onTestFinished, test } from 'vitest';
import { openUpstreams, type UpstreamsConfig } from '../../src/data/upstreams.ts';
import { name } from '../dns/wire/packets.ts';
import { manualClock } from '../support/manual-clock.ts';

function open(config: UpstreamsConfig) {
  const upstreams = openUpstreams(config, manualClock());
  onTestFinished(() => upstreams.close());
  return upstreams;
}

const forward = [
  { domain: name('example.org'), upstreams: ['udp://192.0.2.2:53'] },
  { domain: name('int.example.org'), upstreams: ['udp://192.0.2.3:53', 'tcp://192.0.2.3:53'] },
  { domain: name('2.0.192.in-addr.arpa'), upstreams: ['udp://192.0.2.4:53'] },
];
const split = { upstreams: ['udp://192.0.2.1:53'], forward };

test.each([
  ['example.com', '192.0.2.1'],
  ['example.org', '192.0.2.2'],
  ['www.example.org', '192.0.2.2'],
  ['int.example.org', '192.0.2.3'],
  ['deep.down.int.example.org', '192.0.2.3'],
  ['notint.example.org', '192.0.2.2'],
  ['notexample.org', '192.0.2.1'],
  ['7.2.0.192.in-addr.arpa', '192.0.2.4'],
])('%s is asked of %s', (text, address) => {
  const upstreams = open(split);
  const port = upstreams.forName(name(text));
  const others = ['example.com', 'example.org', 'int.example.org', '2.0.192.in-addr.arpa'].map((known) =>
    upstreams.forName(name(known)),
  );
  expect(others.indexOf(port)).toBe(['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4'].indexOf(address));
});

test('a domain without general upstreams leaves other names unanswered', () => {
  const upstreams = open({ upstreams: [], forward });
  expect(upstreams.forName(name('example.com'))).toBeUndefined();
  expect(upstreams.forName(name('example.org'))).toBeDefined();
});

test('health says which domain an upstream serves', () => {
  expect(
    open(split)
      .health()
      .map(({ id, domain }) => [id, domain]),
  ).toEqual([
    ['udp://192.0.2.1:53', undefined],
    ['udp://192.0.2.4:53', '.2.0.192.in-addr.arpa'],
    ['udp://192.0.2.3:53', '.int.example.org'],
    ['tcp://192.0.2.3:53', '.int.example.org'],
    ['udp://192.0.2.2:53', '.example.org'],
  ]);
});
