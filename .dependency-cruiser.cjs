/** Imports point one way: base <- dns, policy, ledger, catalog, firewall <- gate, sync, store, actions <- api, cli <- app <- main. */
const leaf = (name) => ({
  name: `${name}-knows-only-base`,
  severity: 'error',
  from: { path: `^src/${name}/` },
  to: { path: '^src/', pathNot: [`^src/${name}/`, '^src/base/'] },
});
const home = (library, place) => ({
  name: `${library}-has-one-home`,
  severity: 'error',
  from: { path: '^src/', pathNot: place },
  to: { path: `node_modules/${library}/` },
});

module.exports = {
  forbidden: [
    {
      name: 'no-circles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'base-imports-nothing',
      severity: 'error',
      from: { path: '^src/base/' },
      to: { path: '^src/', pathNot: '^src/base/' },
    },
    leaf('dns'),
    leaf('policy'),
    leaf('ledger'),
    leaf('catalog'),
    leaf('firewall'),
    {
      name: 'middle-does-not-know-the-top',
      severity: 'error',
      from: { path: '^src/(gate|sync|store|actions|plane|config)/' },
      to: { path: '^src/(api|cli|app|main|data-plane|control-plane|query-thread|log-thread)' },
    },
    {
      name: 'api-and-cli-do-not-know-the-app',
      severity: 'error',
      from: { path: '^src/(api|cli)/' },
      to: { path: '^src/(app|main|data-plane|control-plane|query-thread|log-thread)' },
    },
    {
      name: 'product-does-not-import-scripts',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(scripts|test)/' },
    },
    {
      // Tests use the simulators and the toy internet of the scripts, never the other way round.
      name: 'scripts-do-not-import-tests',
      severity: 'error',
      // The simulation is a test that is also run by hand.
      from: { path: '^scripts/', pathNot: '^scripts/simulate\\.ts$' },
      to: { path: '^test/' },
    },
    {
      name: 'page-knows-only-the-contract',
      severity: 'error',
      from: { path: '^web/src/' },
      to: { path: '^src/', pathNot: '^src/api/contract/' },
    },
    {
      name: 'page-takes-types-only',
      severity: 'error',
      from: { path: '^web/src/' },
      to: { path: '^src/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'product-does-not-import-the-page',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^web/' },
    },
    {
      // Imported for a value, it loads Node's own copy of undici as well: 16 MB of the thread, and 90 ms (docs/decisions/041).
      // A command ends after a moment.
      name: 'no-http-for-values',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cli/' },
      to: { path: '^(node:)?http$', dependencyTypesNot: ['type-only'] },
    },
    home('better-sqlite3', '^src/store/'),
    home('kysely', '^src/store/'),
    home('fastify', '^src/api/'),
    home('prom-client', '^src/api/'),
    home('undici', '^src/base/undici\\.ts$'),
    home('openid-client', '^src/api/access/oidc/'),
    home('node-cron', '^src/sync/schedule\\.ts$'),
    home('tldts', '^src/base/public-suffix\\.ts$'),
    home('sax', '^src/base/xml\\.ts$'),
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { extensions: ['.ts', '.tsx', '.mjs', '.js'] },
  },
};
