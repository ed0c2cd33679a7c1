/** A page of the real browser that writes down whatever it should not do: errors, broken policies, requests to elsewhere. */
import type { BrowserContext, Page } from 'playwright-core';

export interface WatchedPage {
  readonly page: Page;
  /** Empty when all went well. */
  readonly complaints: readonly string[];
}

export async function watchedPage(browser: BrowserContext, base: string): Promise<WatchedPage> {
  const page = await browser.newPage();
  // A browser on a busy machine takes its time, and nothing here judges it.
  page.setDefaultTimeout(PATIENCE_MS);
  // A dialog that is still fading in has no contrast yet.
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const complaints: string[] = [];
  page.on('console', (message) => {
    // What the API refuses, and a Sallyport that is away, Chromium calls an error by itself.
    const isAnswer = /status of 4\d\d|net::ERR_(CONNECTION|INCOMPLETE|EMPTY)/.test(message.text());
    if (message.type() === 'error' && !isAnswer) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith(`${base}/`)) complaints.push(`asked elsewhere: ${request.url()}`);
  });
  return { page, complaints };
}

/** Milliseconds for one step of a test. */
const PATIENCE_MS = 60_000;
