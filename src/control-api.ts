/** What people and scripts reach of the control plane: the actions, and the API's listeners. */
import { fileURLToPath } from 'node:url';
import { createActions } from './actions/actions.ts';
import type { QueryPort } from './actions/query-port.ts';
import { ensureApiToken } from './api/access/api-token.ts';
import { createLimits } from './api/access/limits.ts';
import { createProvider } from './api/access/oidc/provider.ts';
import { createSetupToken } from './api/access/setup-token.ts';
import { createEvents } from './api/events/events.ts';
import { createPlaces } from './api/events/places.ts';
import { listenOnSocket } from './api/listen.ts';
import { adminExists } from './api/routes/session.ts';
import { createApi } from './api/server.ts';
import type { CertificatePair } from './api/tls/pair.ts';
import { type AppConfig, readConfig, rereadAll } from './app-config.ts';
import type { Clock } from './base/clock.ts';
import { describeError, KnownError } from './base/errors.ts';
import type { IpAddress } from './base/ip-address.ts';
import type { Log } from './base/log.ts';
import type { Catalog } from './catalog/load.ts';
import type { Config } from './config/schema/sections.ts';
import { createBackups } from './control/backups.ts';
import { createConfiguration } from './control/configuration/configuration.ts';
import { keepLastGood } from './control/configuration/last-good.ts';
import { startNightlyBackups } from './control/nightly-backup.ts';
import { openCertificate, openPages } from './control/page-listeners.ts';
import { lookForPlex } from './control/plex/look-for-plex.ts';
import { welcome } from './control/welcome.ts';
import type { ControlPlane } from './control-plane.ts';
import type { MainDb } from './store/open.ts';
import { allSettings } from './store/settings.ts';

export interface ControlApiDeps {
  readonly app: AppConfig;
  readonly config: Config;
  readonly db: MainDb;
  readonly clock: Clock;
  readonly log: Log;
  readonly say: (lines: readonly string[]) => void;
  readonly plane: ControlPlane;
  readonly queries: QueryPort;
  readonly catalog: Catalog;
  readonly isNeverOpened: (address: IpAddress) => boolean;
}

export interface ControlApi {
  /** Reads the configuration file again, and puts it in force when it is in order. */
  reload(): Promise<void>;
  close(): Promise<void>;
}

/** Resolves when it is reached wherever it can be, and the person who started us has been greeted, or will be. */
export async function openApi(deps: ControlApiDeps): Promise<ControlApi> {
  const { app, config, db, clock, log, say, plane, queries, catalog, isNeverOpened } = deps;
  const { policy, sync, leases, cache, feeds, doctor, status, lists, news } = plane;
  const configuration = createConfiguration({
    db,
    clock,
    catalog,
    rehearse: plane.rehearse,
    env: app.source.env,
    running: rereadAll(app.source),
    read() {
      const { loaded, source } = readConfig(app.source.env, app.source.argv, allSettings(db));
      return { loaded, text: loaded.file === undefined ? undefined : source.files.get(loaded.file) };
    },
    keep: (text) => keepLastGood(app.dataDir, text),
    problem: app.problem === undefined ? undefined : { at: clock.now(), message: app.problem },
  });
  const sealed = createBackups({ dataDir: app.dataDir, clock, queries });
  const actions = createActions({
    db,
    clock,
    policy,
    sync,
    leases,
    cache,
    feeds,
    doctor,
    news,
    queries,
    catalog,
    plex: { look: (endpoint) => lookForPlex(endpoint) },
    configuration,
    backups: sealed,
    rehearse: plane.rehearse,
    get managedByFile() {
      return configuration.isManaged();
    },
    isNeverOpened,
  });

  const certificate = openCertificate(config.web, { dataDir: app.dataDir, clock, log });
  const keeper = typeof certificate === 'string' ? undefined : certificate;
  const backups = startNightlyBackups(queries, clock, log);
  const wholeStatus = {
    ...status,
    read() {
      const read = status.read();
      const shown = keeper?.current();
      const problems = [backups.problem(), keeper?.problem()].filter((problem) => problem !== undefined);
      return {
        ...read,
        ...(shown === undefined ? {} : { certificate: describePair(shown) }),
        warnings: [...read.warnings, ...problems],
      };
    },
  };

  const { publicUrl, passwordLogin } = config.web;
  const provider =
    config.oidc === undefined || publicUrl === undefined
      ? undefined
      : createProvider(config.oidc, publicUrl, clock);
  const setupToken = adminExists(db) || !passwordLogin ? undefined : createSetupToken(clock);
  const events = createEvents({ db, clock, catalog, log, sync, leases, news });
  const apiDeps = {
    actions,
    get managedByFile() {
      return configuration.isManaged();
    },
    db,
    clock,
    catalog,
    log,
    sync,
    leases,
    cache,
    feeds,
    queries,
    configuration,
    backups: sealed,
    status: wholeStatus,
    lists,
    events,
    places: createPlaces(),
    limits: createLimits(clock),
    underWay: new Map<string, string>(),
    setupToken,
    apiToken: config.apiToken ?? ensureApiToken(app.dataDir),
    allowedHosts: config.web.allowedHosts,
    ...(publicUrl === undefined ? {} : { publicUrl }),
    passwordLogin,
    ...(provider === undefined ? {} : { provider }),
    trustedProxies: config.web.trustedProxies,
    basePath: config.web.basePath,
    webRoot: fileURLToPath(new URL('../web', import.meta.url)),
  };
  const socket = createApi('socket', apiDeps);
  await listenOnSocket(socket, app.dataDir);

  const pages = await openPages(config.web, apiDeps, certificate);

  plane.onceListening(() =>
    say(
      welcome({
        status: wholeStatus.read(),
        pages: pages.opened,
        setupToken: setupToken?.token,
        ...(provider === undefined || provider.settings.admin.length === 0 || adminExists(db)
          ? {}
          : { signInAt: provider.publicUrl.href }),
        groups: plane.groups(),
        dataDir: app.dataDir,
      }),
    ),
  );

  return {
    async reload() {
      try {
        const { plan } = await actions.applyConfiguration(undefined, { name: 'file', origin: 'signal' });
        log.info({ source: plan.source, changes: plan.changes.length }, 'the configuration was read again');
      } catch (error) {
        // Nobody waits for the answer to a signal: whatever it was, it is said, and what is in force goes on.
        const why = error instanceof KnownError ? { why: describeError(error) } : { err: error };
        log.error(why, 'the configuration as it is now is not in force');
      }
    },
    async close() {
      backups.close();
      events.close();
      keeper?.close();
      await Promise.all([socket.close(), pages.close()]);
    },
  };
}

function describePair({ fingerprint, validTo, selfSigned }: CertificatePair) {
  return { fingerprint, validTo, selfSigned };
}
