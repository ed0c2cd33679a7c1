import type { ApiToken } from '../../store/api-tokens.ts';
import type { MainDb } from '../../store/open.ts';
import { findUser, type Role } from '../../store/users.ts';

export type Worth = Role | 'nothing';

/**
 * What a token may do now: its own role, and no more than the account that made it may do now. Nothing, once that account is disabled
 * or gone, or another one has its name. One that was made on the machine or with the machine's own token has no account behind it.
 */
export function worthOfToken(
  db: MainDb,
  { role, createdBy, createdAt }: Pick<ApiToken, 'role' | 'createdBy' | 'createdAt'>,
): Worth {
  if (!createdBy.startsWith(USER)) return role;
  const maker = findUser(db, createdBy.slice(USER.length));
  if (maker === undefined || maker.disabled || maker.createdAt > createdAt) return 'nothing';
  return RANKS.indexOf(maker.role) < RANKS.indexOf(role) ? maker.role : role;
}

/** As actors are written. */
const USER = 'user:';
/** The least first. */
const RANKS: readonly Role[] = ['viewer', 'approver', 'admin'];
