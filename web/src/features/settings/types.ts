import type { z } from 'zod';
import type { SettingList } from '../../../../src/api/contract/settings.ts';
import type { TokenCreated, TokenList } from '../../../../src/api/contract/tokens.ts';
import type {
  OfferedSecondFactor,
  RecoveryCodes,
  SessionList,
  UserList,
} from '../../../../src/api/contract/users.ts';

export type { BackupList } from '../../../../src/api/contract/backups.ts';
export type { Setting } from '../../../../src/api/contract/settings.ts';
export type { TokenView } from '../../../../src/api/contract/tokens.ts';
export type { SessionView, UserView } from '../../../../src/api/contract/users.ts';

export type Settings = z.infer<typeof SettingList>;
export type Users = z.infer<typeof UserList>;
export type Sessions = z.infer<typeof SessionList>;
export type Tokens = z.infer<typeof TokenList>;
export type NewToken = z.infer<typeof TokenCreated>;
export type OfferedFactor = z.infer<typeof OfferedSecondFactor>;
export type Codes = z.infer<typeof RecoveryCodes>;
export type Role = 'viewer' | 'approver' | 'admin';
export const ROLES: readonly Role[] = ['viewer', 'approver', 'admin'];
