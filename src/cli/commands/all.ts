import type { Command } from '../command.ts';
import { addresses } from './addresses.ts';
import { audit } from './audit.ts';
import { backup, restore } from './backup.ts';
import { cache } from './cache.ts';
import { apply, exportCommand, plan } from './configuration.ts';
import { denied } from './denied.ts';
import { doctor } from './doctor.ts';
import { enforce, learn } from './enforce.ts';
import { explain } from './explain.ts';
import { feeds } from './feeds.ts';
import { firewalls, sync } from './firewalls.ts';
import { group, groups, hosts, pause, resume } from './groups.ts';
import { hygiene } from './hygiene.ts';
import { importCommand } from './import.ts';
import { leases } from './leases.ts';
import { plexDirect } from './plex-direct.ts';
import { presets } from './presets.ts';
import { queries } from './queries.ts';
import { replay } from './replay.ts';
import { report } from './report.ts';
import { reproduce } from './reproduce.ts';
import { resetPassword } from './reset-password.ts';
import { risks } from './risks.ts';
import { allow, deny, end, rules } from './rules.ts';
import { start } from './start.ts';
import { status } from './status.ts';
import { symptoms } from './symptoms.ts';
import { tokens } from './tokens.ts';
import { sessions, users } from './users.ts';
import { why } from './why.ts';

/** In the order of the help. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  start,
  status,
  denied,
  allow,
  deny,
  rules,
  end,
  import: importCommand,
  hosts,
  groups,
  group,
  presets,
  pause,
  resume,
  report,
  enforce,
  learn,
  reproduce,
  leases,
  risks,
  addresses,
  'plex-direct': plexDirect,
  feeds,
  firewalls,
  sync,
  doctor,
  cache,
  queries,
  why,
  explain,
  symptoms,
  replay,
  hygiene,
  audit,
  plan,
  apply,
  export: exportCommand,
  users,
  sessions,
  tokens,
  backup,
  restore,
  'reset-password': resetPassword,
};
