/** What is done before the house is started, so that every problem of a start is one message and one exit code. */
import { ensureApiToken } from './api/access/api-token.ts';
import { type AppConfig, dataPlaneConfig, readConfig } from './app-config.ts';
import { systemClock } from './base/clock.ts';
import { createLog, type LogLevel } from './base/log.ts';
import { loadCatalog } from './catalog/load.ts';
import { catalogFolder } from './catalog-folder.ts';
import type { Config } from './config/schema/sections.ts';
import { presetAdmin } from './control/preset-admin.ts';
import { seedDatabase } from './control/seed.ts';
import { firewallSpecs } from './control/specs.ts';
import { openMainDatabase } from './store/open.ts';
import { openQueryLogToWrite } from './store/open-file.ts';
import { allSettings } from './store/settings.ts';
import { readVersion } from './version.ts';

/** What the other threads are given; plain data. */
export interface Prepared {
  readonly config: AppConfig;
  readonly logLevel: LogLevel;
}

/**
 * Reads the configuration and makes the data directory's files ready, once `takeDirectory` has it for this process.
 * Throws KnownError: the configuration, the data directory or a database is not as it must be. Nothing was lost then.
 */
export async function prepare(
  env: Readonly<Record<string, string | undefined>>,
  argv: readonly string[],
  takeDirectory: (dataDir: string) => Promise<void>,
): Promise<{ readonly prepared: Prepared; readonly config: Config }> {
  const first = readConfig(env, argv, {}).loaded.config;
  const { dataDir } = first;
  await takeDirectory(dataDir);
  const version = readVersion();
  const log = createLog(first.logLevel, 'start');
  const db = openMainDatabase({ dataDir, log, appVersion: version });
  try {
    const { loaded, source } = readConfig(env, argv, allSettings(db));
    const { config } = loaded;
    for (const { driver } of firewallSpecs(config, systemClock())) await driver.close();
    const now = Date.now();
    const ended = seedDatabase({
      db,
      now,
      groups: config.groups,
      file: config.file,
      catalog: loadCatalog(catalogFolder()),
    });
    for (const what of ended)
      log.warn({ hint: 'Give it a later `until` in sallyport.yaml, or take it out.' }, what);
    if (config.adminPassword !== undefined) await presetAdmin(db, systemClock(), config.adminPassword);
    if (config.apiToken === undefined) ensureApiToken(dataDir);
    openQueryLogToWrite({ dataDir, log, appVersion: version }).close();
    const firewallGroups = new Map(config.firewalls.map(({ name, groups }) => [name, groups]));
    const app = { version, dataDir, data: dataPlaneConfig(config), firewallGroups, source };
    return { prepared: { config: app, logLevel: config.logLevel }, config };
  } finally {
    db.close();
  }
}
