import { settingFields } from '../../config/plan/plan.ts';
import type { Setting } from '../../config/settings.ts';
import { type Group, listGroups } from '../../store/groups.ts';
import type { MainDb } from '../../store/open.ts';
import type { ConfigurationPort } from '../configuration/ports.ts';

/** Every setting with what is in force and who said so: those of the process, and those of each group. Secrets are told to be set, and no more. */
export function listAllSettings({
  db,
  configuration,
}: {
  readonly db: MainDb;
  readonly configuration: Pick<ConfigurationPort, 'settings'>;
}): readonly Setting[] {
  return [...configuration.settings(), ...listGroups(db).flatMap(groupSettings)];
}

function groupSettings(group: Group): readonly Setting[] {
  const { plexDirect: _, ...settings } = group;
  return Object.entries(settingFields(settings)).map(([field, value]) => {
    const defaultValue = GROUP_DEFAULTS[field];
    const isDefault = String(value) === defaultValue;
    return {
      key: `groups.${group.name}.${field}`,
      value: isDefault ? undefined : String(value),
      defaultValue,
      source: isDefault ? 'default' : (group.place ?? 'database'),
    };
  });
}

/** As the schema of the database has them for a group that says nothing. */
const GROUP_DEFAULTS: Readonly<Record<string, string>> = {
  refuse: 'nxdomain',
  ipv6: 'true',
  'gate.holdLimit': '4500ms',
  'gate.onHoldLimit': 'answer',
  grace: '10m',
  headroom: '10m',
  alias: 'on',
};
