import { KnownError } from '../../base/errors.ts';
import { appendAudit } from '../../store/audit.ts';
import { removeSecondFactor } from '../../store/second-factor.ts';
import {
  addUser,
  countAdmins,
  findUser,
  setDisabled,
  setPassword,
  setRole,
  type User,
} from '../../store/users.ts';
import type { Actor } from '../actor.ts';
import type { ActionDeps } from '../deps.ts';
import { hashPassword } from './password.ts';

export const ADMIN = 'admin';

type Deps = Pick<ActionDeps, 'db' | 'clock'>;

/** Makes the first admin. Throws KnownError already-set-up when there is one, also when two do it at once. */
export function createAdmin({ db, clock }: Deps) {
  return async (password: string, actor: Actor): Promise<User> => {
    const passwordHash = await hashPassword(password);
    return db.transaction(() => {
      if (countAdmins(db) > 0 || findUser(db, ADMIN) !== undefined) {
        throw new KnownError('already-set-up', 'an admin password was set before', {
          hint: 'Sign in with it; forgotten? Run `sallyport reset-password` on the machine Sallyport runs on.',
        });
      }
      const at = clock.now();
      appendAudit(db, {
        at,
        actor: actor.name,
        action: 'admin.create',
        subject: ADMIN,
        origin: actor.origin,
      });
      return addUser(db, { name: ADMIN, passwordHash, role: 'admin', createdAt: at });
    });
  };
}

export interface AdminPassword {
  readonly password: string;
  /** For a person who lost the phone too, and reads the database anyway. */
  readonly dropSecondFactor: boolean;
}

/** Sets the admin's password, whatever it was, and signs the admin out everywhere; makes the admin when there is none. */
export function resetAdminPassword({ db, clock }: Deps) {
  return async ({ password, dropSecondFactor }: AdminPassword, actor: Actor): Promise<void> => {
    const passwordHash = await hashPassword(password);
    db.transaction(() => {
      const at = clock.now();
      const admin = findUser(db, ADMIN);
      if (admin === undefined) addUser(db, { name: ADMIN, passwordHash, role: 'admin', createdAt: at });
      else {
        setPassword(db, admin.id, passwordHash);
        setRole(db, admin.id, 'admin');
        setDisabled(db, admin.id, undefined);
        if (dropSecondFactor) removeSecondFactor(db, admin.id);
      }
      appendAudit(db, {
        at,
        actor: actor.name,
        action: 'admin.password',
        subject: ADMIN,
        origin: actor.origin,
      });
    });
  };
}
