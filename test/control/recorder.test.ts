import { expect, test } from 'vitest';
import { formatDomainName, parseDomainName } from '../../src/base/domain-name.ts';
import { KnownError } from '../../src/base/errors.ts';
import { parseIpAddress } from '../../src/base/ip-address.ts';
import { silentLog } from '../../src/base/log.ts';
import { createRecorder } from '../../src/control/recorder.ts';
import { listDenials, unmuteDenial } from '../../src/store/denials.ts';
import { addGroup } from '../../src/store/groups.ts';
import { writeHeartbeat } from '../../src/store/heartbeat.ts';
import { mainDb } from '../store/temp.ts';
import { NOON } from '../store/world.ts';

test('a full disk is over when something was written down again, and not when there was nothing to write', () => {
  const db = mainDb();
  const recorder = createRecorder(db, silentLog());
  const beat = () => writeHeartbeat(db, { wallMs: NOON, bootId: 'boot', uptimeMs: 0 });
  beat();
  expect(recorder.problem()).toBeUndefined();
  const isWritten = recorder.attempt('leases', () => {
    throw new KnownError('storage-full', 'the disk is full');
  });
  expect(isWritten).toBe(false);
  const problem = recorder.problem();
  expect(problem).toMatch(/new addresses are not opened until it takes writes again/);
  expect(recorder.attempt('leases', () => undefined)).toBe(true);
  recorder.denials([]);
  expect(recorder.problem()).toBe(problem);
  expect(recorder.attempt('the heartbeat', beat)).toBe(true);
  expect(recorder.problem()).toBeUndefined();
});

test('what is no trouble of the disk is a bug, and rises', () => {
  const recorder = createRecorder(mainDb(), silentLog());
  expect(() =>
    recorder.attempt('leases', () => {
      throw new TypeError('a bug');
    }),
  ).toThrow('a bug');
});

test('what is refused on purpose waits for nobody, unless a person brought it back', () => {
  const db = mainDb();
  const groupId = addGroup(db, { name: 'plex', clients: [], origin: 'person', createdAt: NOON }).id;
  const recorder = createRecorder(db, silentLog(), (name) => name === parseDomainName('metrics.plex.tv'));
  const refuse = (name: string, reason = 'no-rule') =>
    recorder.denials([
      {
        groupId,
        name: parseDomainName(name),
        qtype: 1,
        client: parseIpAddress('192.168.20.5'),
        reason,
        ruleId: undefined,
        count: 1,
        firstAt: NOON,
        lastAt: NOON,
      },
    ]);
  const states = () =>
    listDenials(db, { limit: 10 }).items.map(({ name, state }) => `${formatDomainName(name)} ${state}`);
  refuse('metrics.plex.tv', 'deny-rule');
  refuse('plex.tv');
  expect(states()).toEqual(['plex.tv waiting', 'metrics.plex.tv decided']);
  refuse('metrics.plex.tv');
  expect(states()).toEqual(['plex.tv waiting', 'metrics.plex.tv muted']);
  const [, muted] = listDenials(db, { limit: 10 }).items;
  unmuteDenial(db, muted?.id ?? 0);
  refuse('metrics.plex.tv');
  expect(states()).toEqual(['plex.tv waiting', 'metrics.plex.tv waiting']);
});
