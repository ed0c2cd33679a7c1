/** The bench may only say what dnsperf and the kernel measured. */
import { expect, test } from 'vitest';
import { chooseCores, readCoreList } from '../../scripts/bench/cores.ts';
import { readDnsperf, readLatencies } from '../../scripts/bench/dnsperf.ts';
import type { Load } from '../../scripts/bench/load.ts';
import { readOptions } from '../../scripts/bench/options.ts';
import { benchPage, describeTarget } from '../../scripts/bench/page.ts';
import { processorUs, residentMb } from '../../scripts/bench/process-use.ts';
import { type Rate, type Rates, rateTable, ratioTarget } from '../../scripts/bench/rates.ts';
import { figureOf, median, percentile, ratioOf } from '../../scripts/bench/statistics.ts';

const PRINTED = `> NOERROR n1.bench.example.net A 0.000262
> SERVFAIL n2.bench.example.net A 0.001500
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
    completed: 174670,
    averageMs: 1.054,
    lost: 4,
    rcodes: { NOERROR: 99.96, SERVFAIL: 0.04 },
  });
  expect(readLatencies(PRINTED)).toEqual([0.262, 1.5]);
  expect(() => readDnsperf('Error: unable to bind')).toThrow(/printed no Response codes/);
});

test.each([
  [[3, 1, 2], 2],
  [[4, 1, 3, 2], 2.5],
  [[7], 7],
])('the median of %j is %d', (values, middle) => {
  expect(median(values)).toBe(middle);
});

test('a percentile is a value that was measured', () => {
  const values = Array.from({ length: 200 }, (_, i) => 200 - i);
  expect([percentile(values, 50), percentile(values, 99), percentile([5], 99)]).toEqual([100, 198, 5]);
});

test('a ratio is taken round by round, and its median and spread told', () => {
  expect(ratioOf([50, 60, 10], [100, 100, 100])).toEqual({ median: 0.5, min: 0.1, max: 0.6 });
  expect(figureOf([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
});

test.each([
  ['0-3,6', [0, 1, 2, 3, 6]],
  ['5', [5]],
])('the cores %s are %j', (text, cores) => {
  expect(readCoreList(text)).toEqual(cores);
});

test('server and generator are kept apart where there are two cores', () => {
  expect(chooseCores([4, 5])).toEqual({ server: 4, generator: 5, upstream: 5, apart: true });
  expect(chooseCores([0, 1, 2])).toMatchObject({ upstream: 2 });
  expect(chooseCores([3])).toEqual({ server: 3, generator: 3, upstream: 3, apart: false });
});

test('what a process uses is read from the kernel', () => {
  expect(residentMb(process.pid)).toBeGreaterThan(10);
  expect(processorUs(process.pid)).toBeGreaterThan(0);
});

const rate = (queriesPerSecond: number, lost = 0): Rate => ({
  queriesPerSecond,
  averageMs: 1,
  lost,
  processorUs: 20,
});
const RATES: Rates = new Map([
  ['Sallyport', [rate(50_000, 1), rate(1_000), rate(52_000, 2)]],
  ['dnsmasq', [rate(100_000), rate(100_000), rate(100_000)]],
]);

test('a target compares the median of the ratios, and lost questions are told', () => {
  const target = ratioTarget(RATES, { id: 'x', what: 'Cached names', peer: 'dnsmasq', least: 0.75 });
  expect(target).toMatchObject({ met: false, measured: '0.50 (0.01–0.52)' });
  expect(describeTarget(target)).toBe(
    'MISSED  Cached names: 0.50 (0.01–0.52); wanted at least 0.75 of dnsmasq',
  );
  expect(rateTable(RATES)).toContain('| Sallyport | 50,000 (1,000–52,000) |  | 1.00 | 20.0 | 3 |');
  expect(rateTable(RATES)).toContain(
    '| dnsmasq | 100,000 (100,000–100,000) | 0.50 (0.01–0.52) | 1.00 | 20.0 | 0 |',
  );
});

test('the page tells what is missed before anything else', () => {
  const target = ratioTarget(RATES, { id: 'x', what: 'Cached names', peer: 'dnsmasq', least: 0.75 });
  const page = benchPage([{ load: 'cached', targets: [target], section: 'A table.' }], {
    machine: 'm',
    versions: 'v',
    cores: chooseCores([0]),
    rounds: 5,
    seconds: 3,
    day: '2026-11-22',
  });
  expect(page).toContain('| Cached names | at least 0.75 of dnsmasq | 0.50 (0.01–0.52) | **missed** |');
  expect(page).toContain('**Cached names, at least 0.75 of dnsmasq**: not looked into yet.');
  expect(page).toContain('This machine has one core');
  expect(page).toContain('## cached\n\nA table.\n');
});

const LOADS = ['cached', 'rules'].map(
  (name): Load => ({
    name,
    about: '',
    needs: [],
    measure: () => Promise.reject(new Error('not measured here')),
  }),
);

test.each([
  [[], { rounds: 5, seconds: 3, logRows: 10_000_000, json: false, page: true }],
  [['--only', 'rules', '--rounds', '7'], { rounds: 7, page: false }],
  [['--only', 'rules', '--page'], { page: true }],
  [['--no-page', '--json'], { page: false, json: true }],
  [['--only', 'chached'], { problem: 'there is no load chached; there are cached, rules' }],
  [['--rounds', '0'], { problem: '--rounds wants a whole number above 0, not 0' }],
  [['--round'], { problem: 'unknown option; --help lists them' }],
])('the options %j', (argv, options) => {
  expect(readOptions(argv, LOADS)).toMatchObject(options);
});
