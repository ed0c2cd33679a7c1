/** Real resolvers ask the real product: what each makes of an answer, and that none waits out a time-out of its own. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AN_ALLOWED_NAME, CASES, CONFIG, ZONE } from '../../scripts/clients/cases.ts';
import { CLIENTS } from '../../scripts/clients/clients.ts';
import { canAsk, expectedOf, measure } from '../../scripts/clients/measure.ts';
import { openRoom, type Room } from '../../scripts/clients/room.ts';

/** The time-out of every resolver here, unless its owner chose another. */
const OWN_TIMEOUT_MS = 5_000;

let room: Room;
beforeAll(async () => {
  room = await openRoom({ zone: ZONE, config: CONFIG, anAllowedName: AN_ALLOWED_NAME });
});
afterAll(() => room?.close());

describe.each(CLIENTS)('$name', (client) => {
  const cases = CASES.filter((asked) => canAsk(client, asked));

  test.each(cases.filter((asked) => asked.ending !== 'failed'))('$title', async (asked) => {
    const { said, addresses, medianMs, longestMs } = await measure(room, client, asked);
    const expected = expectedOf(client, asked);
    expect(said).toBe(client.words[expected.ending]);
    expect(addresses).toHaveLength(expected.count);
    expect(expected.addresses).toEqual(expect.arrayContaining([...addresses]));
    expect(new Set(addresses).size).toBe(addresses.length);
    expect(longestMs).toBeLessThan(OWN_TIMEOUT_MS);
    expect(medianMs).toBeLessThan(asked.limitMs ?? OWN_TIMEOUT_MS);
  });
});

/** These wait for upstreams: all at once. A name that cannot be resolved is told so, in a word that is not "there is none". */
describe.concurrent('a failure', () => {
  const failures = CASES.filter((asked) => asked.ending === 'failed');
  test.each(
    CLIENTS.flatMap((client) =>
      failures.map((asked) => ({ client, asked, who: client.name, what: asked.title })),
    ),
  )('$who: $what', async ({ client, asked }) => {
    const { said, addresses, longestMs } = await measure(room, client, asked);
    expect(said).toBe(client.words.failed);
    expect(addresses).toEqual([]);
    if (client.givesUpMs !== undefined) expect(longestMs).toBeLessThan(client.givesUpMs);
  });
});

test('the page of times has every client and every case', async () => {
  const page = await readFile(new URL('../../docs/clients.md', import.meta.url), 'utf8');
  for (const { name } of CLIENTS) expect(page).toContain(`| ${name} |`);
  for (const { title } of CASES) expect(page).toContain(`| ${title} |`);
});
