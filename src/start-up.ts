/** What is done before the house is started, so that every problem of a start is one message and one exit code. */
import { groupPresets } from './actions/presets/describe.ts';
import { ensureApiToken } from './api/access/api-token.ts';
import { type AppConfig, type ConfigSource, dataPlaneConfig, readConfig } from './app-config.ts';
import { systemClock } from './base/clock.ts';
import { createLog, type Log, type LogLevel } from './base/log.ts';
import { loadCatalog } from './catalog/load.ts';
import { catalogFolder } from './catalog-folder.ts';
import type { Config } from './config/schema/sections.ts';
import { keepLastGood } from './control/configuration/last-good.ts';
import { presetAdmin } from './control/preset-admin.ts';
import { seedDatabase } from './control/seed.ts';
import { firewallSpecs } from './control/specs.ts';
import { type FallBack, fallBackFrom } from './fall-back.ts';
import { clearLeftovers } from './store/archive/leftovers.ts';
import { type MainDb, openMainDatabase } from './store/open.ts';
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
 * A file that is broken is left aside for the last good one, and the status says so.
 * Throws KnownError: the configuration, the data directory or a database is not as it must be. Nothing was lost then.
 */
export async function prepare(
  env: Readonly<Record<string, string | undefined>>,
  argv: readonly string[],
  takeDirectory: (dataDir: string) => Promise<void>,
): Promise<{ readonly prepared: Prepared; readonly config: Config }> {
  const reading = readFirst(env, argv);
  const { dataDir } = reading;
  await takeDirectory(dataDir);
  const version = readVersion();
  const log = createLog(reading.logLevel, 'start');
  const left = clearLeftovers(dataDir, Date.now());
  if (left.length > 0) log.warn({ left }, 'removed what an interrupted backup or restore left');
  const db = openMainDatabase({ dataDir, log, appVersion: version });
  const ready = (fallBack: FallBack | undefined) =>
    makeReady({ db, log, version, dataDir, env, argv, ...(fallBack === undefined ? {} : { fallBack }) });
  try {
    if (reading.fallBack !== undefined) return await ready(reading.fallBack);
    try {
      return await ready(undefined);
    } catch (error) {
      const fallBack = fallBackFrom(error, env, argv);
      if (fallBack === undefined) throw error;
      return await ready(fallBack);
    }
  } finally {
    db.close();
  }
}

/** Without the database, which is where the configuration says it is. */
function readFirst(env: ConfigSource['env'], argv: readonly string[]) {
  try {
    const { dataDir, logLevel } = readConfig(env, argv, {}).loaded.config;
    return { dataDir, logLevel };
  } catch (error) {
    const fallBack = fallBackFrom(error, env, argv);
    if (fallBack === undefined) throw error;
    const { logLevel } = readConfig(env, argv, {}, fallBack.text).loaded.config;
    return { dataDir: fallBack.dataDir, logLevel, fallBack };
  }
}

interface Making {
  readonly db: MainDb;
  readonly log: Log;
  readonly version: string;
  readonly dataDir: string;
  readonly env: ConfigSource['env'];
  readonly argv: readonly string[];
  readonly fallBack?: FallBack;
}

async function makeReady({ db, log, version, dataDir, env, argv, fallBack }: Making) {
  const { loaded, source } = readConfig(env, argv, allSettings(db), fallBack?.text);
  const { config } = loaded;
  for (const { driver } of firewallSpecs(config, systemClock())) await driver.close();
  const now = Date.now();
  const catalog = loadCatalog(catalogFolder());
  const ended = seedDatabase({
    db,
    now,
    groups: config.groups,
    file: config.file,
    catalog,
    placeOf: (path) => loaded.sources.get(path),
  });
  for (const what of ended)
    log.warn({ hint: 'Give it a later `until` in sallyport.yaml, or take it out.' }, what);
  for (const { group, preset, update } of groupPresets({ db, catalog, now }))
    if (update !== undefined)
      log.info(
        { hint: `Nothing was changed. Look at it: sallyport presets ${preset}` },
        `preset ${preset} of group ${group} has an update to ${update.to}`,
      );
  const text = loaded.file === undefined ? undefined : source.files.get(loaded.file);
  if (fallBack !== undefined)
    log.error({ why: fallBack.problem }, 'started with the last good configuration');
  else if (text !== undefined) keepLastGood(dataDir, text);
  if (config.adminPassword !== undefined) await presetAdmin(db, systemClock(), config.adminPassword);
  if (config.apiToken === undefined) ensureApiToken(dataDir);
  openQueryLogToWrite({ dataDir, log, appVersion: version }).close();
  const firewallGroups = new Map(config.firewalls.map(({ name, groups }) => [name, groups]));
  const problem = fallBack === undefined ? {} : { problem: fallBack.problem };
  const app = { version, dataDir, data: dataPlaneConfig(config), firewallGroups, source, ...problem };
  return { prepared: { config: app, logLevel: config.logLevel }, config };
}
