/** The query thread: reads both databases for searches and reports, so that a slow one delays nobody. */
import type { NightlyBackupInput, SealBackupInput, VerifyAuditInput } from './actions/query-port.ts';
import type { AppConfig } from './app-config.ts';
import { Secret } from './base/secret.ts';
import { loadCatalog } from './catalog/load.ts';
import { catalogFolder } from './catalog-folder.ts';
import { portOf } from './plane/port.ts';
import { type RpcReply, type RpcRequest, serveRpc } from './plane/rpc.ts';
import { runWorker } from './plane/worker.ts';
import { explain } from './reports/explain.ts';
import { hygiene } from './reports/hygiene/hygiene.ts';
import { learnReport } from './reports/learn.ts';
import { leasesAt } from './reports/leases-at.ts';
import { neighbours } from './reports/neighbours.ts';
import { countQueries, searchQueries } from './reports/queries.ts';
import { refusedSince } from './reports/refused-since.ts';
import { replay } from './reports/replay.ts';
import { addressRisks } from './reports/risk/address-risk.ts';
import { createNetworks } from './reports/risk/networks.ts';
import { ruleRisks } from './reports/risk/rule-risk.ts';
import { series } from './reports/series.ts';
import { symptoms } from './reports/symptoms.ts';
import { whyAddress } from './reports/why-address.ts';
import { whyName } from './reports/why-name.ts';
import { verifyAudit } from './store/audit.ts';
import { backUpMainDatabase } from './store/backup.ts';
import { openMainDatabaseToRead, openQueryLogToRead } from './store/open.ts';

runWorker<AppConfig>(({ config, clock, log }) => {
  const main = openMainDatabaseToRead(config.dataDir);
  const queryLog = openQueryLogToRead(config.dataDir);
  const serves = (firewall: string, group: string) =>
    config.firewallGroups.get(firewall)?.includes(group) ?? true;
  const networks = createNetworks();
  const deps = { main, queryLog, catalog: loadCatalog(catalogFolder()), clock, serves };
  // Keeps sums between two questions, whoever asks.
  const answersByStep = series(deps);
  return {
    peer(_, port) {
      serveRpc(
        portOf<RpcRequest, RpcReply>(port),
        {
          search: searchQueries(deps),
          count: countQueries(deps),
          whyName: whyName(deps),
          whyAddress: whyAddress(deps),
          explain: explain(deps),
          neighbours: neighbours(deps),
          symptoms: symptoms(deps),
          series: answersByStep,
          leasesAt: leasesAt(deps),
          replay: replay(deps),
          refusedSince: refusedSince(deps),
          learnReport: learnReport(deps),
          ruleRisks: ruleRisks({ ...deps, networks }),
          addressRisks: addressRisks({ ...deps, networks }),
          hygiene: hygiene(deps),
          nightlyBackup: ({ day }: NightlyBackupInput) => backUpMainDatabase(config.dataDir, day),
          async sealBackup({ passphrase, ...input }: SealBackupInput) {
            // Loaded for the one who asks for it: every other report does without.
            const { backup } = await import('./store/archive/archive.ts');
            const { dataDir, version: appVersion } = config;
            const { octets } = await backup({
              ...input,
              dataDir,
              appVersion,
              passphrase: new Secret(passphrase),
            });
            return { octets };
          },
          verifyAudit: ({ noted }: VerifyAuditInput) => verifyAudit(main, noted),
        },
        (error) => log.error({ err: error }, 'a report failed'),
      );
    },
    stop() {
      networks.close();
      queryLog.close();
      main.close();
    },
  };
});
