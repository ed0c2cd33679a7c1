/** The page's build: known by a fingerprint of its sources, so that a fresh clone, an update and a test all know whether it is due. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Also true where there are no sources to build from, as in an image. */
export function isPageCurrent(): boolean {
  if (!existsSync(join(WEB, 'src'))) return true;
  const known = join(DIST, FINGERPRINT);
  return existsSync(known) && readFileSync(known, 'utf8') === fingerprint();
}

/**
 * Throws where Vite is not installed, or the page does not build or has grown too large. It is built beside the one that is there
 * and takes its place at the end: whoever serves it meanwhile, or builds it too, never meets half of it.
 */
export async function buildPage({ quiet = false }: { readonly quiet?: boolean } = {}): Promise<void> {
  const { build } = await import('vite');
  const before = fingerprint();
  const made = `${DIST}.${process.pid}`;
  const { NODE_ENV } = process.env;
  // A test runner sets it to something else, and React would come with all of its warnings.
  process.env['NODE_ENV'] = 'production';
  try {
    await build({
      configFile: join(WEB, 'vite.config.ts'),
      configLoader: 'native',
      logLevel: quiet ? 'warn' : 'info',
      build: { outDir: made },
    });
    writeFileSync(join(made, FINGERPRINT), before);
    rmSync(DIST, { recursive: true, force: true });
    renameSync(made, DIST);
  } finally {
    if (NODE_ENV === undefined) delete process.env['NODE_ENV'];
    else process.env['NODE_ENV'] = NODE_ENV;
    rmSync(made, { recursive: true, force: true });
  }
}

/** Builds it unless it is there: for tests and the demo. */
export async function ensurePage(): Promise<void> {
  if (!isPageCurrent()) await buildPage({ quiet: true });
}

const HOUSE = fileURLToPath(new URL('../..', import.meta.url));
const WEB = join(HOUSE, 'web');
const DIST = join(WEB, 'dist');
const FINGERPRINT = 'sources.sha256';
/** What the build reads; of the packages, the versions that are locked. */
const SOURCES = [
  'web/src',
  'web/public',
  'web/build',
  'web/index.html',
  'web/vite.config.ts',
  'package-lock.json',
];

function fingerprint(): string {
  const hash = createHash('sha256');
  for (const path of SOURCES.flatMap((source) => filesBelow(source))) {
    hash.update(`${path}\n`).update(readFileSync(join(HOUSE, path)));
  }
  return hash.digest('hex');
}

function filesBelow(path: string): readonly string[] {
  if (!existsSync(join(HOUSE, path))) return [];
  if (/\.\w+$/.test(path)) return [path];
  return readdirSync(join(HOUSE, path), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(HOUSE.length))
    .sort();
}
