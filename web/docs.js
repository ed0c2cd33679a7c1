/* global SwaggerUIBundle */

const answer = await fetch('openapi.json');
const spec = await answer.json();
// Behind a reverse proxy the paths of the document are below one of its own.
spec.servers = [{ url: location.pathname.replace(/\/api\/v1\/docs\/?$/, '') || '/' }];
SwaggerUIBundle({
  spec,
  dom_id: '#docs',
  docExpansion: 'none',
  filter: true,
  // It would send the document to somebody else.
  validatorUrl: null,
});
