import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium } from 'playwright-core';

export interface Browser {
  readonly context: BrowserContext;
  close(): Promise<void>;
}

export interface BrowserOptions {
  readonly extraHTTPHeaders?: Record<string, string>;
  /** What the browser is started by, for example `ip netns exec NAME`. */
  readonly prefix?: readonly string[];
}

/** Debian's Chromium with a profile of its own that is gone afterwards; it asks nobody but us for anything. */
export async function openBrowser({ prefix = [], ...options }: BrowserOptions = {}): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), 'sallyport-browser-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: prefix.length === 0 ? CHROMIUM : await startedBy(prefix, profile),
    headless: true,
    args: FLAGS,
    ...options,
  });
  return {
    context,
    async close() {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}

/** One program is all that can be named: a script that becomes Chromium, and so keeps what it is spoken to by. */
async function startedBy(prefix: readonly string[], directory: string): Promise<string> {
  const script = join(directory, 'chromium.sh');
  const words = [...prefix, CHROMIUM].map((word) => `'${word}'`).join(' ');
  await writeFile(script, `#!/bin/sh\nexec ${words} "$@"\n`, { mode: 0o700 });
  return script;
}

const CHROMIUM = '/usr/bin/chromium';
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
