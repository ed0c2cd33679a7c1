import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Navigate,
} from '@tanstack/react-router';
import type { ComponentType } from 'react';
import { basePath } from '../api/request.ts';
import { readAuditSearch } from '../features/audit/search.ts';
import { readDomainsSearch } from '../features/domains/search.ts';
import { readFirewallSearch } from '../features/firewall/search.ts';
import { readLearnSearch } from '../features/learn/search.ts';
import { readLogSearch } from '../features/log/search.ts';
import { readRefusedSearch } from '../features/refused/search.ts';
import { readSetupSearch } from '../features/setup/search.ts';
import { loadOr, MissingScreen } from '../ui/loaded-later.tsx';
import { Root } from './root.tsx';

/** One address per screen; what is filtered stands in it, so that it can be kept and sent. */
export function createPageRouter() {
  return createRouter({
    routeTree,
    basepath: basePath() === '' ? '/' : basePath(),
    defaultPreload: 'intent',
    scrollRestoration: true,
    defaultNotFoundComponent: () => <Navigate to="/" />,
  });
}

/** Said of each: a screen takes types from the router, and the router would wait for that of the screen. */
type Loaded = Promise<ComponentType>;

function screen(load: () => Loaded) {
  return lazyRouteComponent(async () => ({ default: await loadOr(load, MissingScreen) }));
}

const root = createRootRoute({ component: Root });
const overview = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: screen(
    async (): Loaded => (await import('../features/overview/overview-screen.tsx')).OverviewScreen,
  ),
});
/** The link in the log leads here; once the password is set, so does the rest of the set-up. */
const setup = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  validateSearch: readSetupSearch,
  component: screen(async (): Loaded => (await import('../features/setup/setup-screen.tsx')).SetupScreen),
});
const refused = createRoute({
  getParentRoute: () => root,
  path: '/refused',
  validateSearch: readRefusedSearch,
  component: screen(
    async (): Loaded => (await import('../features/refused/refused-screen.tsx')).RefusedScreen,
  ),
});
const firewall = createRoute({
  getParentRoute: () => root,
  path: '/firewall',
  validateSearch: readFirewallSearch,
  component: screen(
    async (): Loaded => (await import('../features/firewall/firewall-screen.tsx')).FirewallScreen,
  ),
});
const domains = createRoute({
  getParentRoute: () => root,
  path: '/domains',
  validateSearch: readDomainsSearch,
  component: screen(
    async (): Loaded => (await import('../features/domains/domains-screen.tsx')).DomainsScreen,
  ),
});
const learn = createRoute({
  getParentRoute: () => root,
  path: '/learn',
  validateSearch: readLearnSearch,
  component: screen(async (): Loaded => (await import('../features/learn/learn-screen.tsx')).LearnScreen),
});
const log = createRoute({
  getParentRoute: () => root,
  path: '/log',
  validateSearch: readLogSearch,
  component: screen(async (): Loaded => (await import('../features/log/log-screen.tsx')).LogScreen),
});
const audit = createRoute({
  getParentRoute: () => root,
  path: '/audit',
  validateSearch: readAuditSearch,
  component: screen(async (): Loaded => (await import('../features/audit/audit-screen.tsx')).AuditScreen),
});
const settings = createRoute({
  getParentRoute: () => root,
  path: '/settings',
  component: screen(
    async (): Loaded => (await import('../features/settings/settings-screen.tsx')).SettingsScreen,
  ),
});
const routeTree = root.addChildren([
  overview,
  setup,
  refused,
  domains,
  firewall,
  learn,
  log,
  audit,
  settings,
]);

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createPageRouter>;
  }
}
