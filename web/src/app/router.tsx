import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Navigate,
} from '@tanstack/react-router';
import { basePath } from '../api/request.ts';
import { readAuditSearch } from '../features/audit/search.ts';
import { readDomainsSearch } from '../features/domains/search.ts';
import { readFirewallSearch } from '../features/firewall/search.ts';
import { readLearnSearch } from '../features/learn/search.ts';
import { readLogSearch } from '../features/log/search.ts';
import { readRefusedSearch } from '../features/refused/search.ts';
import { readSetupSearch } from '../features/setup/search.ts';
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

const root = createRootRoute({ component: Root });
const overview = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: lazyRouteComponent(() => import('../features/overview/overview-screen.tsx'), 'OverviewScreen'),
});
/** The link in the log leads here; once the password is set, so does the rest of the set-up. */
const setup = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  validateSearch: readSetupSearch,
  component: lazyRouteComponent(() => import('../features/setup/setup-screen.tsx'), 'SetupScreen'),
});
const refused = createRoute({
  getParentRoute: () => root,
  path: '/refused',
  validateSearch: readRefusedSearch,
  component: lazyRouteComponent(() => import('../features/refused/refused-screen.tsx'), 'RefusedScreen'),
});
const firewall = createRoute({
  getParentRoute: () => root,
  path: '/firewall',
  validateSearch: readFirewallSearch,
  component: lazyRouteComponent(() => import('../features/firewall/firewall-screen.tsx'), 'FirewallScreen'),
});
const domains = createRoute({
  getParentRoute: () => root,
  path: '/domains',
  validateSearch: readDomainsSearch,
  component: lazyRouteComponent(() => import('../features/domains/domains-screen.tsx'), 'DomainsScreen'),
});
const learn = createRoute({
  getParentRoute: () => root,
  path: '/learn',
  validateSearch: readLearnSearch,
  component: lazyRouteComponent(() => import('../features/learn/learn-screen.tsx'), 'LearnScreen'),
});
const log = createRoute({
  getParentRoute: () => root,
  path: '/log',
  validateSearch: readLogSearch,
  component: lazyRouteComponent(() => import('../features/log/log-screen.tsx'), 'LogScreen'),
});
const audit = createRoute({
  getParentRoute: () => root,
  path: '/audit',
  validateSearch: readAuditSearch,
  component: lazyRouteComponent(() => import('../features/audit/audit-screen.tsx'), 'AuditScreen'),
});
const settings = createRoute({
  getParentRoute: () => root,
  path: '/settings',
  component: lazyRouteComponent(() => import('../features/settings/settings-screen.tsx'), 'SettingsScreen'),
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
