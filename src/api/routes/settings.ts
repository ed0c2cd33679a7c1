import { listAllSettings } from '../../actions/setup/settings.ts';
import type { Setting as SettingInForce } from '../../config/settings.ts';
import { newestSchema } from '../../store/open-file.ts';
import { type Setting, SettingList } from '../contract/settings.ts';
import type { RouteDeps } from '../route-deps.ts';
import type { Api } from '../server.ts';

/** For an admin: it tells where everything is. */
export function settingRoutes(app: Api, deps: Pick<RouteDeps, 'db' | 'configuration'>): void {
  app.get(
    '/settings',
    { schema: { response: { 200: SettingList } }, config: { permission: 'admin' } },
    async () => ({
      items: listAllSettings(deps).map(viewSetting),
      // One that runs was migrated to the newest.
      schema: { main: newestSchema('main'), queryLog: newestSchema('querylog') },
    }),
  );
}

function viewSetting({ key, value, defaultValue, source }: SettingInForce): Setting {
  return {
    key,
    ...(value === undefined ? {} : { value }),
    ...(defaultValue === undefined ? {} : { default: defaultValue }),
    ...sourceOf(source),
  };
}

function sourceOf(text: string): Pick<Setting, 'source' | 'place'> {
  if (text === 'default') return { source: 'default' };
  if (text === 'database') return { source: 'page' };
  const [kind, name = ''] = text.split(' ');
  if (kind === 'env') return { source: 'environment', place: name };
  return kind === 'argument' ? { source: 'argument', place: name } : { source: 'file', place: text };
}
