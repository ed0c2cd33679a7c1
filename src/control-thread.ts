/** The control plane's thread: configuration, database and firewalls joined; the API is loaded once names are answered. */
import { workerData } from 'node:worker_threads';
import { type AppConfig, rereadConfig } from './app-config.ts';
import { neverOpened } from './base/address-class.ts';
import { remembering } from './base/remembering.ts';
import { isRefusedOnPurpose } from './catalog/explain.ts';
import { type Catalog, loadCatalog } from './catalog/load.ts';
import { catalogFolder } from './catalog-folder.ts';
import { thisHost } from './control/heartbeat.ts';
import { createQueryLink } from './control/query-link.ts';
import { firewallSpecs } from './control/specs.ts';
import { startControlPlane } from './control-plane.ts';
import { firstStart, type Started } from './first-start.ts';
import { portOf } from './plane/port.ts';
import type { FirstStart, PlaneState, WorkerStart } from './plane/supervision.ts';
import { runWorker } from './plane/worker.ts';
import { openMainDatabase } from './store/open.ts';
import { startSchedule } from './sync/schedule.ts';

/** More than the caps of ten groups let open; at some hundred octets each. */
const REMEMBERED_ADDRESSES = 50_000;

const data = workerData as WorkerStart<AppConfig> | FirstStart;
const started =
  'argv' in data ? await firstStart(data) : { start: data, config: rereadConfig(data.config.source) };
if (started !== undefined) run(started);

function run({ start, config }: Started): void {
  runWorker<AppConfig>(
    ({ config: app, clock, log, say, need }) => {
      const db = openMainDatabase({ dataDir: app.dataDir, log, appVersion: app.version });
      // Asked for every open address at every run.
      const isNeverOpened = remembering(neverOpened(app.data.neverOpened), REMEMBERED_ADDRESSES);
      let planes: readonly PlaneState[] = [];
      let loaded: Catalog | undefined;
      const catalog = () => {
        loaded ??= loadCatalog(catalogFolder());
        return loaded;
      };

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
        isRefusedOnPurpose: (name) => isRefusedOnPurpose(catalog(), name),
        planes: () => planes,
      });
      const queries = createQueryLink(clock, (kind) => need(kind, 'query'));
      // Loading it takes a second on a small machine, in which names are answered already.
      const api = plane.answering
        .then(() => import('./control-api.ts'))
        .then(({ openApi }) =>
          openApi({ app, config, db, clock, log, say, plane, queries, catalog: catalog(), isNeverOpened }),
        );

      return {
        peer(name, port) {
          if (name === 'query') queries.connect(portOf(port));
          if (name === 'data') plane.connectData(portOf(port));
          if (name === 'log') plane.connectLog(portOf(port));
        },
        gone(name) {
          if (name === 'data') plane.dataGone();
          if (name === 'query') queries.disconnected();
          if (name === 'log') plane.logGone();
        },
        hangup() {
          void api.then((open) => open.reload());
        },
        planes(states) {
          planes = states;
        },
        async stop() {
          await (await api).close();
          await plane.close();
          db.close();
        },
      };
    },
    { given: start },
  );
}
