/** Who may sign in with a password, and as what. */
import { KnownError } from '../../base/errors.ts';
import { appendAudit } from '../../store/audit.ts';
import {
  addUser,
  countAdmins,
  findUser,
  listUsers,
  type Role,
  removeUser as removeRow,
  setDisabled,
  setPassword,
  setRole,
  type User,
} from '../../store/users.ts';
import type { Actor } from '../actor.ts';
import type { ActionDeps } from '../deps.ts';
import { hashPassword, verifyPassword } from './password.ts';

type Deps = Pick<ActionDeps, 'db' | 'clock'>;

export interface NewAccount {
  readonly name: string;
  readonly password: string;
  readonly role: Role;
}

/** Throws name-taken, or invalid-input for a password that is too short. */
export function createUser({ db, clock }: Deps) {
  return async ({ name, password, role }: NewAccount, actor: Actor): Promise<User> => {
    const passwordHash = await hashPassword(password);
    return db.transaction(() => {
      const at = clock.now();
      const user = addUser(db, { name, passwordHash, role, createdAt: at });
      audit(db, { at, actor, action: 'user.create', subject: name, after: { role } });
      return user;
    });
  };
}

export interface UserChange {
  readonly role?: Role | undefined;
  /** Signs the user out everywhere. */
  readonly password?: string | undefined;
  /** Keeps the user out, and signs out everywhere. */
  readonly disabled?: boolean | undefined;
}

/** Throws last-admin rather than to leave nobody who could undo it. */
export function changeUser({ db, clock }: Deps) {
  return async (name: string, { role, password, disabled }: UserChange, actor: Actor): Promise<User> => {
    const passwordHash = password === undefined ? undefined : await hashPassword(password);
    return db.transaction(() => {
      const at = clock.now();
      const user = getUser(db, name);
      if (role !== undefined || password !== undefined) assertLocal(user);
      if (disabled !== undefined && disabled !== user.disabled) {
        if (disabled) assertNotLastAdmin(db, user);
        setDisabled(db, user.id, disabled ? at : undefined);
        audit(db, { at, actor, action: disabled ? 'user.disable' : 'user.enable', subject: name });
      }
      if (role !== undefined && role !== user.role) {
        assertNotLastAdmin(db, user);
        setRole(db, user.id, role);
        audit(db, {
          at,
          actor,
          action: 'user.role',
          subject: name,
          before: { role: user.role },
          after: { role },
        });
      }
      if (passwordHash !== undefined) {
        setPassword(db, user.id, passwordHash);
        audit(db, { at, actor, action: 'user.password', subject: name });
      }
      return getUser(db, name);
    });
  };
}

/** Ends the sessions too. What the user allowed stays, under the user's name. */
export function removeUser({ db, clock }: Deps) {
  return (name: string, actor: Actor): void => {
    db.transaction(() => {
      const user = getUser(db, name);
      assertNotLastAdmin(db, user);
      removeRow(db, user.id);
      audit(db, {
        at: clock.now(),
        actor,
        action: 'user.remove',
        subject: name,
        before: { role: user.role },
      });
    });
  };
}

/** By the user, who has to know the old one: a browser left open is not enough. */
export function changeOwnPassword({ db, clock }: Deps) {
  return async (
    user: User,
    { password, newPassword }: { readonly password: string; readonly newPassword: string },
    actor: Actor,
  ): Promise<void> => {
    assertLocal(user);
    if (!(await verifyPassword(user.passwordHash, password))) {
      throw new KnownError('wrong-password', 'this is not the password so far');
    }
    const passwordHash = await hashPassword(newPassword);
    db.transaction(() => {
      setPassword(db, user.id, passwordHash);
      audit(db, { at: clock.now(), actor, action: 'user.password', subject: user.name });
    });
  };
}

function getUser(db: Deps['db'], name: string): User {
  const user = findUser(db, name);
  if (user !== undefined) return user;
  const names = listUsers(db).map((one) => one.name);
  throw new KnownError('not-found', `user ${name}`, { hint: `Users: ${names.join(', ')}.` });
}

/** Throws account-of-provider for somebody a provider vouches for. */
export function assertLocal({ name, provider }: User): void {
  if (provider === undefined) return;
  throw new KnownError('account-of-provider', `${name} is an account of ${provider.issuer}`, {
    hint: 'Its role follows the groups there, and so do password and second factor. `sallyport users disable` keeps it out.',
  });
}

function assertNotLastAdmin(db: Deps['db'], user: User): void {
  if (user.role !== 'admin' || user.disabled || countAdmins(db) > 1) return;
  throw new KnownError('last-admin', `${user.name} is the only admin`, {
    hint: 'Make somebody else admin first.',
  });
}

function audit(
  db: Deps['db'],
  {
    actor,
    ...entry
  }: Omit<Parameters<typeof appendAudit>[1], 'actor' | 'origin'> & { readonly actor: Actor },
): void {
  appendAudit(db, { ...entry, actor: actor.name, origin: actor.origin, reverts: actor.reverts });
}
