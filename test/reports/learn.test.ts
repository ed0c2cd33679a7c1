import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { LearnReport } from '../../src/actions/learn-report.ts';
import { formatDomainName, parseDomainName } from '../../src/base/domain-name.ts';
import { loadCatalog } from '../../src/catalog/load.ts';
import { parsePattern, patternMatches } from '../../src/policy/pattern.ts';
import { learnReport } from '../../src/reports/learn.ts';
import { replay } from '../../src/reports/replay.ts';
import { addGroup, updateGroup } from '../../src/store/groups.ts';
import { createQueryLogWriter } from '../../src/store/querylog/writer.ts';
import { addRule } from '../../src/store/rules.ts';
import {
  asLogged,
  type Ideal,
  readIdeal,
  readRecording,
  readRecordingText,
} from '../fixtures/plex-boot/load.ts';
import { OWN_HASH, RECORDED_DAYS, recordingText } from '../fixtures/plex-boot/make.ts';
import { mainDb, queryLogDb, tempDir } from '../store/temp.ts';
import { DAY, HOUR, ip, NOON, prefix } from '../store/world.ts';
import { manualClock } from '../support/manual-clock.ts';

const catalog = loadCatalog(fileURLToPath(new URL('../../catalog', import.meta.url)));
const recording = readRecording();
const { needed, wanted } = readIdeal();
const ideal = [...needed, ...wanted];
const START = NOON - 4 * HOUR;
const END = START + RECORDED_DAYS * DAY;

/** After four days of learning. */
function learnt() {
  const dir = tempDir();
  const main = mainDb(dir);
  const queryLog = queryLogDb(dir);
  const { id: groupId } = addGroup(main, {
    name: 'plex',
    clients: [prefix('192.168.20.5')],
    origin: 'person',
    createdAt: START,
  });
  updateGroup(main, groupId, {
    plexDirect: { hashes: [OWN_HASH], ownAddresses: [prefix('192.168.20.0/24')], shared: [] },
  });
  const client = ip('192.168.20.5');
  createQueryLogWriter(queryLog.sql).write(
    recording.map((one) => asLogged(one, { start: START, groupId, client })),
  );
  const deps = { main, queryLog, catalog, clock: manualClock(END) };
  return {
    main,
    groupId,
    report: (since: number | undefined = START) =>
      learnReport(deps)({ group: 'plex', since, until: END + 1 }),
    replay: (rules: readonly { readonly pattern: string; readonly types: readonly string[] }[]) =>
      replay(deps)({
        group: 'plex',
        add: rules.map((rule) => ({ action: 'allow' as const, ...rule })),
        without: [],
        presets: [],
        only: false,
        since: START,
        until: END + 1,
      }),
  };
}

let whole: LearnReport | undefined;
/** Made once for all that only read it. */
const reportOfAll = () => (whole ??= learnt().report());

const selected = ({ suggestion }: LearnReport) => suggestion.rules.filter((rule) => rule.selected);
const covers = ({ pattern }: Ideal, name: string) =>
  patternMatches(parsePattern(pattern), parseDomainName(name));

test('the recording is what its maker writes', () => {
  expect(readRecordingText()).toBe(recordingText());
});

test('enforcing what is suggested refuses no needed name, and answers each for all it was asked', () => {
  const { report, replay } = learnt();
  const refused = replay(selected(report())).newlyRefused;
  const hurt = refused.flatMap(({ name, types }) =>
    // What was never answered is missed by nobody.
    types
      .filter((type) => recording.some((one) => one.name === name && one.type === type && isAnswered(one)))
      .filter(() => needed.some((one) => covers(one, name)))
      .map((type) => `${name} ${type}`),
  );
  expect(hurt).toEqual([]);
});

test('what a needed name was not asked for yet is allowed too', () => {
  const later = needed.filter((one) => one.later !== undefined);
  expect(later.length).toBeGreaterThan(0);
  expect(selected(reportOfAll()).map(({ pattern }) => pattern)).toEqual(
    expect.arrayContaining(later.map(({ pattern }) => pattern)),
  );
});

test('what only the owner can know is offered, and not taken unasked', () => {
  const { suggestion } = reportOfAll();
  for (const { pattern } of wanted)
    expect(suggestion.rules).toContainEqual(expect.objectContaining({ pattern, selected: false }));
});

test('the suggestion is at most a fifth larger than the set written by hand', () => {
  const report = reportOfAll();
  expect(selected(report).length).toBeLessThanOrEqual(needed.length * 1.2);
  expect(report.suggestion.rules.length).toBeLessThanOrEqual(ideal.length * 1.2);
  const extra = selected(report).filter(({ pattern }) => !needed.some((one) => one.pattern === pattern));
  expect(extra.map(({ pattern }) => pattern)).toEqual([]);
});

test.each([
  [`203-0-113-9.${OWN_HASH}.plex.direct`, 'address-in-name'],
  ['198-51-100-77.c0ffee00c0ffee00c0ffee00c0ffee00.plex.direct', 'plex-direct'],
  ['plex-tv.example', 'lookalike'],
  ['p1ex.tv', 'lookalike'],
  ['xn--plx-sdd.tv', 'punycode'],
  ['app.plex.tv.example.com', 'lookalike'],
  ['198.51.100.66.nip.io', 'address-in-name'],
  ['co.uk', 'public-suffix'],
  ['web1.cloudfront.net', 'shared-hosting'],
])('%s is not suggested by any rule, and named as risky: %s', (name, code) => {
  const { suggestion } = reportOfAll();
  expect(suggestion.rules.filter((rule) => covers(rule, name))).toEqual([]);
  const left = suggestion.leftOut.find((one) => one.name === name);
  expect(left?.risks.map((risk) => risk.code)).toContain(code);
});

test('nothing below a tunnel or a beacon is suggested, and telemetry neither', () => {
  const { suggestion } = reportOfAll();
  const bad = recording
    .map(({ name }) => name)
    .filter((name) => /\.(t|beacon)\.example\.com$|^(analytics|metrics|crashreport)\./.test(name));
  for (const name of bad) expect(suggestion.rules.some((rule) => covers(rule, name))).toBe(false);
  const codes = new Map(suggestion.leftOut.map(({ name, code }) => [name, code]));
  expect(new Set(bad.map((name) => codes.get(name)))).toEqual(
    new Set(['refused-on-purpose', 'risky', 'other-types', 'many-labels']),
  );
});

test('names come by software and by domain, with who asked, when, and what they are', () => {
  const report = reportOfAll();
  const core = report.presets.find(({ id }) => id === 'plex-core');
  expect(core).toMatchObject({ isRecognised: true, requiredSeen: 4, required: 5 });
  expect(core?.names[0]).toMatchObject({
    name: 'plex.tv',
    types: ['A'],
    days: 5,
    clients: ['192.168.20.5'],
    answers: ['198.51.100.10'],
    verdict: 'refused',
    reason: 'no-rule',
    catalog: { title: 'Plex Media Server: core', need: 'required' },
  });
  const home = report.domains.find(({ domain }) => domain === 'example.org');
  expect(home).toMatchObject({ names: [{ name: 'hooks.home.example.org', days: 5 }] });
  // Asked on one day only, long before the last: who it was is still told.
  const names = report.domains.flatMap((one) => one.names);
  expect(names.find(({ name }) => name === 'www.example.com')).toMatchObject({
    clients: ['192.168.20.5'],
    answers: ['198.51.100.150', '2001:db8:51::96'],
    firstAt: START + DAY + 3 * HOUR,
  });
});

test('a sentence says what enforcing would have refused in the last day, and with what is suggested', () => {
  const { asItIs, suggested, sentence } = reportOfAll().lastDay;
  expect(asItIs.names).toBeGreaterThan(suggested.names);
  expect(sentence).toBe(
    `Enforcing the rules as they are would have refused ${asItIs.names} names (${asItIs.queries} questions) in the last 24 hours; with what is suggested, ${suggested.names} names (${suggested.queries} questions).`,
  );
});

test('what a rule allows already is told with it, and not suggested again', () => {
  const { main, groupId, report } = learnt();
  const { rule } = addRule(main, {
    groupId,
    action: 'allow',
    pattern: '.plex.tv',
    origin: 'person',
    createdAt: START,
    createdBy: 'anna',
  });
  const { suggestion, presets } = report();
  const core = presets.find(({ id }) => id === 'plex-core');
  expect(core?.names[0]).toMatchObject({ verdict: 'allowed', rule: { id: rule.id, pattern: '.plex.tv' } });
  expect(suggestion.rules.filter(({ pattern }) => pattern === 'plex.tv')).toEqual([]);
});

test('without a period it is since the group learns', () => {
  const { report } = learnt();
  expect(report()).toMatchObject({ group: 'plex', mode: 'learn', since: START });
  expect(report(END - DAY)).toMatchObject({ since: END - DAY });
});

function isAnswered({ type, answers, rcode }: (typeof recording)[number]): boolean {
  return answers !== undefined || (rcode === undefined && type !== 'A' && type !== 'AAAA');
}

test('every needed name was asked, but for those that come later', () => {
  const asked = [...new Set(recording.map(({ name }) => name))].map((name) =>
    formatDomainName(parseDomainName(name)),
  );
  const missing = needed.filter((one) => one.later === undefined && !asked.some((name) => covers(one, name)));
  expect(missing).toEqual([]);
});
