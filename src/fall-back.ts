/** A start that finds its configuration file broken goes on with the last good one, where that can be told in time. */
import { readFileSync } from 'node:fs';
import type { ConfigSource } from './app-config.ts';
import { KnownError } from './base/errors.ts';
import { loadConfig } from './config/load.ts';
import type { SectionName } from './config/schema/sections.ts';
import { readLastGood } from './control/configuration/last-good.ts';

export interface FallBack {
  readonly dataDir: string;
  /** The last good file. */
  readonly text: string;
  readonly problem: string;
}

/** Where Sallyport is reached, and by whom: whoever changes these looks at the start, and is told at once what is wrong. */
const OWN_SECTIONS: readonly SectionName[] = [
  'dataDir',
  'logLevel',
  'dns',
  'web',
  'oidc',
  'adminPassword',
  'apiToken',
];

/** Undefined: the error ends the start, because the file is not what is wrong, or there is no good one. */
export function fallBackFrom(
  error: unknown,
  env: ConfigSource['env'],
  argv: readonly string[],
): FallBack | undefined {
  if (!(error instanceof KnownError) || !OF_THE_FILE.has(error.code)) return undefined;
  const dataDir = ownDataDir(env, argv);
  const text = dataDir === undefined ? undefined : readLastGood(dataDir);
  if (dataDir === undefined || text === undefined) return undefined;
  return { dataDir, text, problem: error.message };
}

const OF_THE_FILE: ReadonlySet<string> = new Set([
  'config-invalid',
  'client-in-two-groups',
  'name-taken',
  'not-found',
  'firewall-misconfigured',
]);

/** Undefined when what the process itself needs is not in order. */
function ownDataDir(env: ConfigSource['env'], argv: readonly string[]): string | undefined {
  const readFile = (path: string) => readFileSync(path, 'utf8');
  try {
    return loadConfig({ env, argv, readFile, databaseSettings: {}, only: OWN_SECTIONS }).config.dataDir;
  } catch (error) {
    if (error instanceof KnownError) return undefined;
    throw error;
  }
}
