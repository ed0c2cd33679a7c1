/** The control plane's thread: configuration, database, firewalls and the two listeners of the API, joined. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createActions } from './actions/actions.ts';
import type { QueryPort } from './actions/query-port.ts';
import { ensureApiToken } from './api/access/api-token.ts';
import { createSetupToken } from './api/access/setup-token.ts';
import { listenOnSocket } from './api/listen.ts';
import { adminExists } from './api/routes/session.ts';
import { createApi } from './api/server.ts';
import { type AppConfig, rereadConfig } from './app-config.ts';
import { neverOpened } from './base/address-class.ts';
import { describeError } from './base/errors.ts';
import { remembering } from './base/remembering.ts';
import { loadCatalog } from './catalog/load.ts';
import { catalogFolder } from './catalog-folder.ts';
import { thisHost } from './control/heartbeat.ts';
import { applyPresets } from './control/seed.ts';
import { firewallSpecs } from './control/specs.ts';
import { bindRemedy, welcome } from './control/welcome.ts';
import { startControlPlane } from './control-plane.ts';
import { parseEndpoint } from './dns/endpoint.ts';
import { portOf } from './plane/port.ts';
import { createRpcClient } from './plane/rpc.ts';
import type { PlaneState } from './plane/supervision.ts';
import { runWorker } from './plane/worker.ts';
import type { Group } from './store/groups.ts';
import { openMainDatabase } from './store/open.ts';
import { startSchedule } from './sync/schedule.ts';

/** More than the caps of ten groups let open; at some hundred octets each. */
const REMEMBERED_ADDRESSES = 50_000;

runWorker<AppConfig>(async ({ config: app, clock, log, say }) => {
  const config = rereadConfig(app.source);
  const db = openMainDatabase({ dataDir: app.dataDir, log, appVersion: app.version });
  // Asked for every open address at every run.
  const isNeverOpened = remembering(neverOpened(app.data.neverOpened), REMEMBERED_ADDRESSES);
  let planes: readonly PlaneState[] = [];

  const plane = startControlPlane({
    db,
    clock,
    log,
    version: app.version,
    host: thisHost,
    random: Math.random,
    schedule: (run) => startSchedule(config.sync.schedule, run),
    firewalls: firewallSpecs(config, clock),
    feeds: config.feeds,
    isNeverOpened,
    addressLimits: app.data.limits.addresses,
    planes: () => planes,
  });

  const reports = createRpcClient();
  const queries: QueryPort = {
    search: (filter) => reports.call('search', filter),
    whyName: (input) => reports.call('whyName', input),
    whyAddress: (input) => reports.call('whyAddress', input),
    leasesAt: (input) => reports.call('leasesAt', input),
  };
  const { policy, sync, leases, cache, feeds, status, lists } = plane;
  const managedByFile = config.groups !== undefined && config.file === 'managed';
  const catalog = loadCatalog(catalogFolder());
  const presets = {
    ids: () => [...catalog.presets.keys()],
    addRules: (group: Group, by: string) => applyPresets({ db, now: clock.now(), catalog, by }, group),
  };
  const actions = createActions({
    db,
    clock,
    policy,
    sync,
    leases,
    cache,
    feeds,
    queries,
    presets,
    managedByFile,
    isNeverOpened,
  });

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
    status,
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

  const greet = () => {
    if (greeted || status.read().listeners.length === 0) return;
    greeted = true;
    say(
      welcome({
        status: status.read(),
        pages,
        setupToken: setupToken?.token,
        groups: plane.groups(),
        dataDir: app.dataDir,
      }),
    );
  };
  let greeted = false;

  return {
    peer(name, port) {
      if (name === 'query') reports.connect(portOf(port));
      if (name !== 'data') return;
      plane.connectData(portOf(port));
      plane.onFirstHealth(greet);
    },
    gone(name) {
      if (name === 'data') plane.dataGone();
      if (name === 'query') reports.disconnected();
    },
    planes(states) {
      planes = states;
    },
    async stop() {
      await Promise.all([socket, ...webs.map(({ api }) => api)].map((api) => api.close()));
      await plane.close();
      db.close();
    },
  };
});
