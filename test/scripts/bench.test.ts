/** The bench may only say what dnsperf measured. */
import { expect, test } from 'vitest';
import { readDnsperf } from '../../scripts/bench/dnsperf.ts';
import { benchPage, describeScore, median, type Round, score } from '../../scripts/bench/report.ts';

const PRINTED = `
Statistics:

  Queries sent:         174674
  Queries completed:    174670 (100.00%)
  Queries lost:         4 (0.00%)

  Response codes:       NOERROR 174600 (99.96%), SERVFAIL 70 (0.04%)
  Average packet size:  request 40, response 56
  Run time (s):         2.000922
  Queries per second:   87296.756195

  Average Latency (s):  0.001054 (min 0.000014, max 0.007193)
`;

test('the statistics of dnsperf are read', () => {
  expect(readDnsperf(PRINTED)).toEqual({
    queriesPerSecond: 87296.756195,
    averageMs: 1.054,
    lost: 4,
    rcodes: { NOERROR: 99.96, SERVFAIL: 0.04 },
  });
  expect(() => readDnsperf('Error: unable to bind')).toThrow(/printed no Response codes/);
});

test.each([
  [[3, 1, 2], 2],
  [[4, 1, 3, 2], 2.5],
  [[7], 7],
])('the median of %j is %d', (values, middle) => {
  expect(median(values)).toBe(middle);
});

test('the ratio is that of the medians, and lost questions are told', () => {
  const round = (subject: Round['subject'], queriesPerSecond: number, lost = 0): Round => ({
    subject,
    load: 'cached',
    result: { queriesPerSecond, averageMs: 1, lost, rcodes: { NOERROR: 100 } },
  });
  const rounds = [
    ...[50_000, 1, 52_000].map((speed) => round('Sallyport', speed, 1)),
    ...[100_000, 100_000, 7].map((speed) => round('dnsmasq', speed)),
  ];
  const cached = score(rounds, 'cached');
  expect(cached).toMatchObject({ ratio: 0.5, lost: 3 });
  expect(describeScore(cached)).toBe('cached     Sallyport 50,000 q/s, dnsmasq 100,000 q/s: ratio 0.50');
  const about = {
    command: 'npm run bench',
    machine: 'm',
    versions: 'v',
    load: 'l',
    rounds: 3,
    questions: 9,
    day: 'd',
  };
  expect(benchPage([cached], about)).toContain('| cached | 50,000 | 100,000 | 0.50 | 1.00 | 1.00 | 3 |');
});
