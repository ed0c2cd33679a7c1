import { z } from 'zod';

/** One key of the configuration, and of each group, with what is in force and who said so. */
export const Setting = z.object({
  /** As in the file: sync.schedule, firewalls[0].alias, groups.plex.grace. */
  key: z.string(),
  /** As it is written; absent: the default is in force. Of a secret only that there is one. */
  value: z.string().optional(),
  default: z.string().optional(),
  /** What set it, and where it is changed. page: on the page or by the API. */
  source: z.enum(['environment', 'file', 'argument', 'page', 'default']),
  /** The variable, file and line, or argument. */
  place: z.string().optional(),
});
export type Setting = z.infer<typeof Setting>;

export const SettingList = z.object({
  items: z.array(Setting),
  /** The last migration of each database. */
  schema: z.object({ main: z.int(), queryLog: z.int() }),
});
