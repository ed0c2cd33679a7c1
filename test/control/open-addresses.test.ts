import { expect, test } from 'vitest';
import { ledgerStore } from '../../src/control/ledger-store.ts';
import { countOpen } from '../../src/control/open-addresses.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import { mainDb } from '../store/temp.ts';
import { group, HOUR, ip, MINUTE, NOON, name } from '../store/world.ts';

test('what is open is counted by group and cause, and each address once however many names lead to it', () => {
  const db = mainDb();
  const { id } = group(db);
  const ledger = new Ledger(ledgerStore(db));
  const lease = (text: string, address: string, cause: 'answer' | 'learn') => ({
    groupId: id,
    name: name(text),
    address: ip(address),
    ruleId: undefined,
    cause,
    toldUntil: NOON + MINUTE,
    until: NOON + HOUR,
  });
  ledger.open(
    [
      lease('a.example', '192.0.2.1', 'learn'),
      lease('b.example', '192.0.2.1', 'learn'),
      lease('c.example', '192.0.2.2', 'answer'),
    ],
    NOON,
  );
  const pin = { groupId: id, cause: 'pin', note: 'by hand', startedAt: NOON } as const;
  const openings = {
    current: () => [
      { ...pin, address: ip('192.0.2.3'), until: undefined },
      { ...pin, address: ip('192.0.2.4'), until: NOON },
    ],
  };
  const { addresses, causes } = countOpen({ db, ledger, openings, now: NOON });
  expect(addresses).toBe(3);
  expect(causes.map(({ cause, count }) => [cause, count])).toEqual([
    ['learn', 2],
    ['answer', 1],
    ['pin', 1],
  ]);
});
