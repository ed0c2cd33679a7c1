/** What people and scripts reach of the control plane: the actions, and the API's listeners. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createActions } from './actions/actions.ts';
import type { QueryPort } from './actions/query-port.ts';
import { ensureApiToken } from './api/access/api-token.ts';
import { createSetupToken } from './api/access/setup-token.ts';
import { listenOnSocket } from './api/listen.ts';
import { adminExists } from './api/routes/session.ts';
import { createApi } from './api/server.ts';
import { type AppConfig, readConfig, rereadAll } from './app-config.ts';
import type { Clock } from './base/clock.ts';
import { describeError, KnownError } from './base/errors.ts';
import type { IpAddress } from './base/ip-address.ts';
import type { Log } from './base/log.ts';
import { loadCatalog } from './catalog/load.ts';
import { catalogFolder } from './catalog-folder.ts';
import type { Config } from './config/schema/sections.ts';
import { createConfiguration } from './control/configuration/configuration.ts';
import { keepLastGood } from './control/configuration/last-good.ts';
import { startNightlyBackups } from './control/nightly-backup.ts';
import { applyPresets } from './control/seed.ts';
import { bindRemedy, welcome } from './control/welcome.ts';
import type { ControlPlane } from './control-plane.ts';
import { parseEndpoint } from './dns/endpoint.ts';
import type { Group } from './store/groups.ts';
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
  readonly isNeverOpened: (address: IpAddress) => boolean;
}

export interface ControlApi {
  /** Reads the configuration file again, and puts it in force when it is in order. */
  reload(): Promise<void>;
  close(): Promise<void>;
}

/** Resolves when it is reached wherever it can be, and the person who started us has been greeted, or will be. */
export async function openApi(deps: ControlApiDeps): Promise<ControlApi> {
  const { app, config, db, clock, log, say, plane, queries, isNeverOpened } = deps;
  const { policy, sync, leases, cache, feeds, doctor, status, lists } = plane;
  const catalog = loadCatalog(catalogFolder());
  const presets = {
    ids: () => [...catalog.presets.keys()],
    addRules: (group: Group, by: string) => applyPresets({ db, now: clock.now(), catalog, by }, group),
  };
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
  const actions = createActions({
    db,
    clock,
    policy,
    sync,
    leases,
    cache,
    feeds,
    doctor,
    queries,
    presets,
    configuration,
    get managedByFile() {
      return configuration.isManaged();
    },
    isNeverOpened,
  });

  const backups = startNightlyBackups(queries, clock, log);
  const statusWithBackups = {
    ...status,
    read() {
      const read = status.read();
      const problem = backups.problem();
      return problem === undefined ? read : { ...read, warnings: [...read.warnings, problem] };
    },
  };

  const setupToken = adminExists(db) ? undefined : createSetupToken(clock);
  const apiDeps = {
    actions,
    db,
    clock,
    log,
    sync,
    leases,
    cache,
    feeds,
    queries,
    status: statusWithBackups,
    configuration,
    lists,
    setupToken,
    apiToken: config.apiToken ?? ensureApiToken(app.dataDir),
    allowedHosts: config.web.allowedHosts,
    basePath: config.web.basePath,
    webRoot: fileURLToPath(new URL('../web', import.meta.url)),
    ...(config.web.tls === undefined
      ? {}
      : { tls: { cert: readFileSync(config.web.tls.cert, 'utf8'), key: config.web.tls.key.reveal() } }),
  };
  const socket = createApi('socket', apiDeps);
  await listenOnSocket(socket, app.dataDir);

  const pages: { readonly url: string; readonly problem?: string }[] = [];
  const webs = config.web.listen.map((text) => ({ text, api: createApi('web', apiDeps) }));
  for (const { text, api } of webs) {
    const { address, port } = parseEndpoint(text);
    const scheme = config.web.tls === undefined ? 'http' : 'https';
    try {
      const url = await api.listen({ host: address, port });
      pages.push({ url: `${scheme}://${new URL(url).host}${config.web.basePath}` });
    } catch (error) {
      // Names go on resolving without a page; the CLI still works over its socket.
      const problem = bindRemedy(error, { address, port, variable: 'SALLYPORT_WEB_LISTEN' });
      log.error({ why: describeError(error), hint: problem }, `the page cannot be served on ${text}`);
      pages.push({ url: `${scheme}://${text}`, problem });
    }
  }

  plane.onceListening(() =>
    say(
      welcome({
        status: status.read(),
        pages,
        setupToken: setupToken?.token,
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
        if (!(error instanceof KnownError)) throw error;
        log.error({ why: describeError(error) }, 'the configuration as it is now is not in force');
      }
    },
    async close() {
      backups.close();
      await Promise.all([socket, ...webs.map(({ api }) => api)].map((api) => api.close()));
    },
  };
}
