import type { ChangePreview as Preview } from '../../actions/preview-change.ts';
import { PresetOfGroup } from '../contract/presets.ts';
import { ChangePreview, EndPreview, PresetPreviewFilter } from '../contract/previews.ts';
import type { RouteDeps } from '../route-deps.ts';
import type { Api } from '../server.ts';
import { viewRules } from '../views.ts';

/** What would be made and what would close: for whoever is about to press the button. */
export function previewRoutes(app: Api, deps: RouteDeps): void {
  const { actions } = deps;
  app.post(
    '/rules/bulk/preview',
    // A POST, because a thousand rules do not fit into an address.
    {
      schema: { body: EndPreview, response: { 200: ChangePreview } },
      config: { permission: 'read', onlyLooks: true },
    },
    async ({ body }) => view(deps, actions.previewEnd(body.ids)),
  );
  app.get(
    '/groups/:name/presets/:id/preview',
    {
      schema: { params: PresetOfGroup, querystring: PresetPreviewFilter, response: { 200: ChangePreview } },
      config: { permission: 'read' },
    },
    async ({ params: { name, id }, query: { what } }) =>
      view(deps, actions.previewPreset({ group: name, preset: id, what })),
  );
}

function view(deps: RouteDeps, { added, ended, closes }: Preview): ChangePreview {
  return {
    added: viewRules(deps, added),
    ended: viewRules(deps, ended),
    closes: closes.map(({ address, group, names, firewalls }) => ({
      address,
      group,
      names: [...names],
      firewalls: [...firewalls],
    })),
  };
}
