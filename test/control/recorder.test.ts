import { expect, test } from 'vitest';
import { KnownError } from '../../src/base/errors.ts';
import { silentLog } from '../../src/base/log.ts';
import { createRecorder } from '../../src/control/recorder.ts';
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
