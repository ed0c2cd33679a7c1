/**
 * How quick the page is: a thousand log lines a second through the real stream, and every screen of a very large house. Figures are
 * printed; the machine that runs this is shared, so no time is judged. What is judged does not depend on it: how many elements the
 * list makes of however many lines, and that every screen comes up at all.
 */
import type { CDPSession, Request } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Browser } from '../../scripts/support/browser.ts';
import type { QueryRecord } from '../../src/actions/query-port.ts';
import { parseDomainName } from '../../src/base/domain-name.ts';
import { recordDenials } from '../../src/store/refusals.ts';
import { addRule } from '../../src/store/rules.ts';
import { firewall, group, ip, NOON, openAddress, type World } from '../actions/world.ts';
import { type House, openHouse, START_MS, startBrowser } from './house.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const RULES = 10_000;
const DENIALS = 100_000;
const OPEN = 5_000;
const LINES_A_SECOND = 1_000;
/** Milliseconds that the stream runs. */
const STREAM_MS = 6_000;
/** The stream brings what there is four times a second. */
const BATCH_MS = 250;
/** What a screen of rows may become in the document. */
const MOST_ELEMENTS = 400;

let browser: Browser;
let house: House;

beforeAll(async () => {
  browser = await startBrowser();
  house = await openHouse(browser);
  fill(house.world);
  await house.setUp();
}, START_MS);
afterAll(async () => {
  await house.close();
  await browser.close();
  expect(house.complaints).toEqual([]);
});

function fill(world: World) {
  const { db } = world;
  const plex = group(world, 'plex', { mode: 'enforce' });
  world.firewalls.push(firewall({ desired: OPEN }));
  db.transaction(() => {
    for (let n = 0; n < RULES; n++)
      addRule(db, {
        groupId: plex.id,
        action: 'allow',
        pattern: `n${n}.example.org`,
        origin: 'person',
        createdAt: NOON - n,
        createdBy: 'user:anna',
      });
  });
  recordDenials(
    db,
    Array.from({ length: DENIALS }, (_, n) => ({
      groupId: plex.id,
      name: parseDomainName(`d${n}.h${n % 5_000}.example.net`),
      qtype: 1,
      client: ip('192.168.20.5'),
      reason: 'no-rule',
      ruleId: undefined,
      count: 1,
      firstAt: NOON - n,
      lastAt: NOON - n,
    })),
  );
  for (let n = 0; n < OPEN; n++)
    world.open.push(
      openAddress({ name: `n${n % RULES}.example.org`, address: ip(`198.18.${n >> 8}.${n & 255}`) }),
    );
  world.queryLog.push(...Array.from({ length: 2_000 }, (_, n) => line(n + 1)));
}

function line(id: number): QueryRecord {
  return {
    id,
    at: NOON - 1,
    client: '192.168.20.5',
    group: 'plex',
    name: `n${id % 500}.h${id % 40}.example.org`,
    type: id % 2 === 0 ? 'A' : 'AAAA',
    verdict: id % 9 === 0 ? 'denied' : 'allowed',
    reason: 'rule',
    rcode: 'NOERROR',
    source: 'cache',
    durationMs: 0.4,
    answers: ['192.0.2.7'],
    count: 1,
  };
}

test('a thousand log lines a second', async () => {
  const { page, world } = house;
  await page.goto(`${house.base}/log`);
  await page.getByRole('row').nth(5).waitFor();
  let id = 10_000;
  const timer = setInterval(() => {
    world.news.tell({
      kind: 'queries',
      rows: Array.from({ length: (LINES_A_SECOND * BATCH_MS) / 1_000 }, () => ({ ...line(++id), at: NOON })),
      dropped: 0,
    });
    world.clock.advance(BATCH_MS);
  }, BATCH_MS);
  try {
    const ticks = await browser.context.newCDPSession(page);
    await ticks.send('Performance.enable', { timeDomain: 'threadTicks' });
    const before = await metrics(ticks);
    const { frames, slowest, elements, longest, blocked } = (await page.evaluate(
      `(${watchFrames})(${STREAM_MS})`,
    )) as Frames;
    console.log(
      'a thousand lines a second:',
      `${(frames / (STREAM_MS / 1_000)).toFixed(1)} frames a second, slowest frame ${slowest.toFixed(0)} ms,`,
      `${longest} tasks above 50 ms (${blocked.toFixed(0)} ms in all), ${elements} elements in the list at most`,
    );
    const after = await metrics(ticks);
    const share = (name: string) =>
      `${name} ${Math.round((((after.get(name) ?? 0) - (before.get(name) ?? 0)) * 100_000) / STREAM_MS)} %`;
    console.log(
      'processor of the page, of one core:',
      ['TaskDuration', 'ScriptDuration', 'LayoutDuration', 'RecalcStyleDuration'].map(share).join(', '),
    );
    expect(elements).toBeLessThan(MOST_ELEMENTS);
    // It was really going by: the newest of the lines is on top.
    const top = await page.getByRole('row').nth(1).textContent();
    expect(top).toMatch(/^now|^\d+ s ago/);
  } finally {
    clearInterval(timer);
  }
});

/** Seconds of the page's own thread, which a busy machine does not make more of. */
async function metrics(session: CDPSession): Promise<ReadonlyMap<string, number>> {
  const { metrics: all } = await session.send('Performance.getMetrics');
  return new Map(all.map(({ name, value }) => [name, value]));
}

interface Frames {
  readonly frames: number;
  readonly slowest: number;
  readonly elements: number;
  readonly longest: number;
  readonly blocked: number;
}

/** Runs in the page. */
const watchFrames = `async (forMs) => {
  let frames = 0, slowest = 0, elements = 0, longest = 0, blocked = 0;
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) { longest++; blocked += duration; }
  });
  observer.observe({ type: 'longtask' });
  const began = performance.now();
  let last = began;
  await new Promise((done) => {
    const frame = (now) => {
      frames++;
      slowest = Math.max(slowest, now - last);
      last = now;
      if (frames % 15 === 0) elements = Math.max(elements, document.querySelectorAll('table *').length);
      if (now - began < forMs) requestAnimationFrame(frame);
      else done();
    };
    requestAnimationFrame(frame);
  });
  observer.disconnect();
  return { frames, slowest, elements, longest, blocked };
}`;

const SCREENS = [
  ['Overview', '/', 'h1'],
  ['Refused', '/refused', 'main h3'],
  ['Domains', '/domains', 'main table tbody tr'],
  ['Firewall', '/firewall', 'main table tbody tr'],
  ['Query log', '/log', 'main table tbody tr'],
  ['Audit', '/audit', 'h1'],
  ['Settings', '/settings', 'h1'],
] as const;

test('every screen of a house with 10,000 rules, 100,000 refused names and 5,000 open addresses', async () => {
  const { page, base } = house;
  // Warm: what a server has loaded, and a browser has of the page.
  await page.goto(base);
  await page.getByRole('heading', { level: 1 }).waitFor();
  const figures: Record<string, string> = {};
  const ticks = await browser.context.newCDPSession(page);
  await ticks.send('Performance.enable', { timeDomain: 'threadTicks' });
  const pageMs = async () => ((await metrics(ticks)).get('TaskDuration') ?? 0) * 1_000;
  for (const [name, path, shown] of SCREENS) {
    await page.goto(base + path);
    await page.locator(shown).first().waitFor();
    const asked: Promise<string>[] = [];
    const note = async (
      url: string,
      sizes: Promise<{ readonly responseBodySize: number }>,
      ms: () => number,
    ) =>
      `${new URL(url).pathname.replace(/^\/api\/v1/, '')} ${Math.round(ms())} ms ${Math.round((await sizes).responseBodySize / 1024)} KB`;
    const onDone = (request: Request) => {
      if (!request.url().includes('/api/v1/')) return;
      asked.push(note(request.url(), request.sizes(), () => request.timing().responseEnd));
    };
    page.on('requestfinished', onDone);
    // A document of its own begins at nothing.
    await page.goto('about:blank');
    const blankMs = await pageMs();
    const before = process.cpuUsage();
    const began = performance.now();
    await page.goto(base + path);
    await page.locator(shown).first().waitFor();
    await page.locator('[role=status][aria-label="Loading…"]').first().waitFor({ state: 'detached' });
    const tookMs = performance.now() - began;
    const { user, system } = process.cpuUsage(before);
    page.off('requestfinished', onDone);
    const workedMs = (await pageMs()) - blankMs;
    const elements = await page.evaluate("document.querySelectorAll('main *').length");
    figures[name] =
      `${Math.round(tookMs)} ms, processor: server ${Math.round((user + system) / 1000)} ms, page ${Math.round(workedMs)} ms; ${elements} elements; ${(await Promise.all(asked)).join('; ')}`;
  }
  for (const [name, figure] of Object.entries(figures)) console.log(`${name}: ${figure}`);
  expect(Object.keys(figures)).toHaveLength(SCREENS.length);
});
