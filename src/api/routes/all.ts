import type { Channel } from '../access/identity.ts';
import type { RouteDeps } from '../route-deps.ts';
import type { Api } from '../server.ts';
import { accountRoutes, sessionListRoutes } from './account.ts';
import { addressRoutes } from './addresses.ts';
import { auditRoutes } from './audit.ts';
import { backupRoutes } from './backups.ts';
import { cacheRoutes } from './cache.ts';
import { configurationRoutes } from './configuration.ts';
import { denialRoutes } from './denials.ts';
import { doctorRoutes } from './doctor.ts';
import { type EventRouteDeps, eventRoutes } from './events.ts';
import { explainRoutes } from './explain.ts';
import { feedRoutes } from './feeds.ts';
import { firewallRoutes } from './firewalls.ts';
import { groupRoutes } from './groups.ts';
import { hygieneRoutes } from './hygiene.ts';
import { importRoutes } from './imports.ts';
import { learnRoutes } from './learn.ts';
import { leaseRoutes } from './leases.ts';
import { nameRoutes } from './names.ts';
import { type OidcRouteDeps, oidcRoutes } from './oidc.ts';
import { passwordRoutes } from './password.ts';
import { presetRoutes } from './presets.ts';
import { previewRoutes } from './previews.ts';
import { queryRoutes } from './queries.ts';
import { replayRoutes } from './replay.ts';
import { reproduceRoutes } from './reproduce.ts';
import { riskRoutes } from './risks.ts';
import { ruleRoutes } from './rules.ts';
import { seriesRoutes } from './series.ts';
import { sessionRoutes } from './session.ts';
import { settingRoutes } from './settings.ts';
import { type SetupRouteDeps, setupRoutes } from './setup.ts';
import { setupGuideRoutes } from './setup-guide.ts';
import { statusRoutes } from './status.ts';
import { summaryRoutes } from './summary.ts';
import { symptomRoutes } from './symptoms.ts';
import { tokenRoutes } from './tokens.ts';
import { userRoutes } from './users.ts';
import { whyRoutes } from './why.ts';

export interface AllRouteDeps extends RouteDeps, OidcRouteDeps, SetupRouteDeps, EventRouteDeps {
  readonly basePath: string;
}

/** Everything below /api/v1. Signing in is for TCP; setting a password without the old one is for the socket only. */
export function apiRoutes(app: Api, channel: Channel, deps: AllRouteDeps): void {
  statusRoutes(app, deps);
  summaryRoutes(app, deps);
  groupRoutes(app, deps);
  learnRoutes(app, deps);
  presetRoutes(app, deps);
  ruleRoutes(app, deps);
  previewRoutes(app, deps);
  nameRoutes(app, deps);
  replayRoutes(app, deps);
  reproduceRoutes(app, deps);
  hygieneRoutes(app, deps);
  importRoutes(app, deps);
  denialRoutes(app, deps);
  leaseRoutes(app, deps);
  riskRoutes(app, deps);
  addressRoutes(app, deps);
  feedRoutes(app, deps);
  firewallRoutes(app, deps);
  doctorRoutes(app, deps);
  cacheRoutes(app, deps);
  queryRoutes(app, deps);
  seriesRoutes(app, deps);
  whyRoutes(app, deps);
  explainRoutes(app, deps);
  symptomRoutes(app, deps);
  auditRoutes(app, deps);
  configurationRoutes(app, deps);
  backupRoutes(app, deps);
  settingRoutes(app, deps);
  setupGuideRoutes(app, deps);
  eventRoutes(app, deps);
  userRoutes(app, deps);
  tokenRoutes(app, deps);
  if (channel === 'socket') {
    passwordRoutes(app, deps);
    sessionListRoutes(app, deps);
  } else {
    sessionRoutes(app, deps);
    if (deps.provider !== undefined) oidcRoutes(app, deps, deps.provider);
    accountRoutes(app, deps);
    setupRoutes(app, deps);
  }
}
