import { expect, test } from 'vitest';
import { withLocalTimes } from '../../web/src/lib/format-time.ts';

test('a moment within a sentence is told as it is here', () => {
  const at = '2026-03-03T20:15:53.033Z';
  expect(withLocalTimes(`It lost its table (${at}, 65 entries).`)).toBe(
    `It lost its table (${new Date(at).toLocaleString()}, 65 entries).`,
  );
  expect(withLocalTimes('2026-03-03 is no moment')).toBe('2026-03-03 is no moment');
});
