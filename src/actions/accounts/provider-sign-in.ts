/** Somebody an OpenID provider vouches for comes in: the account is made at the first time, its role is that of now. */
import { KnownError } from '../../base/errors.ts';
import { appendAudit } from '../../store/audit.ts';
import {
  addUser,
  countAdmins,
  endSessionsOf,
  findUser,
  findUserBySubject,
  type Role,
  type Subject,
  setRole,
  type User,
} from '../../store/users.ts';
import type { ActionDeps } from '../deps.ts';
import { ADMIN } from './admin-password.ts';

type Deps = Pick<ActionDeps, 'db' | 'clock'>;

export interface Vouched extends Subject {
  /** What to call a new account, if it is free. */
  readonly name: string;
  /** Undefined: none of the groups has one. */
  readonly role: Role | undefined;
  /** Which claim was read and what was in it, as a sentence. */
  readonly seen: string;
}

/** Throws no-role, account-disabled, or setup-needed where only an admin could begin. */
export function signInByProvider({ db, clock }: Deps) {
  return (vouched: Vouched, origin: string): User => {
    const known = findUserBySubject(db, vouched);
    const refusal = refusalOf(db, known, vouched);
    if (refusal !== undefined) {
      db.transaction(() => {
        // What the provider no longer grants ends everywhere, and not only for this sign-in.
        if (known !== undefined) {
          if (vouched.role === undefined) endSessionsOf(db, known.id);
          takeRole(known, vouched.role ?? 'viewer', origin);
        }
        audit('session.refused', known?.name ?? 'an unknown user', origin, refusal.message);
      });
      throw refusal;
    }
    return db.transaction(() => {
      const { role } = vouched;
      if (role === undefined) throw new Error('let in without a role');
      const user = known ?? addAccount(vouched, role, origin);
      takeRole(user, role, origin);
      audit('session.open', user.name, origin, `by ${vouched.issuer}`);
      return { ...user, role };
    });
  };

  function addAccount({ issuer, subject, name }: Vouched, role: Role, origin: string): User {
    const user = addUser(db, {
      name: freeName(db, name),
      role,
      createdAt: clock.now(),
      provider: { issuer, subject },
    });
    appendAudit(db, {
      at: clock.now(),
      actor: `user:${user.name}`,
      action: 'user.create',
      subject: user.name,
      after: { role, issuer, subject },
      origin,
    });
    return user;
  }

  function takeRole(user: User, role: Role, origin: string): void {
    if (user.role === role) return;
    setRole(db, user.id, role);
    appendAudit(db, {
      at: clock.now(),
      actor: 'provider',
      action: 'user.role',
      subject: user.name,
      before: { role: user.role },
      after: { role },
      origin,
    });
  }

  function audit(action: 'session.open' | 'session.refused', subject: string, origin: string, note: string) {
    const actor = action === 'session.open' ? `user:${subject}` : 'nobody';
    appendAudit(db, { at: clock.now(), actor, action, subject, note: note.slice(0, MAX_NOTE), origin });
  }
}

function refusalOf(db: Deps['db'], known: User | undefined, { role, seen }: Vouched): KnownError | undefined {
  if (known?.disabled === true) {
    return new KnownError('account-disabled', `the account ${known.name} is disabled`, {
      hint: 'An admin can let it in again: `sallyport users enable`.',
    });
  }
  if (role === undefined) {
    return new KnownError('no-role', `none of your groups has a role here: ${seen}`, {
      hint: 'Ask an admin to put one of them into SALLYPORT_OIDC_ADMIN, SALLYPORT_OIDC_APPROVER or SALLYPORT_OIDC_VIEWER.',
    });
  }
  if (role !== 'admin' && countAdmins(db) === 0) {
    return new KnownError('setup-needed', 'nobody is admin yet, so nobody else gets in', {
      hint: 'Somebody of the admin groups has to sign in first.',
    });
  }
  return undefined;
}

/** `admin` is the one of the set-up link and of `reset-password`, whatever somebody is called at the provider. */
function freeName(db: Deps['db'], wanted: string): string {
  const isFree = (name: string) => name !== ADMIN && findUser(db, name) === undefined;
  for (let n = 1; ; n++) {
    const name = n === 1 ? wanted : `${wanted.slice(0, MAX_NAME - String(n).length - 1)}-${n}`;
    if (isFree(name)) return name;
  }
}

/** Characters, as in the API's contract. */
const MAX_NAME = 63;
/** Characters of a note in the audit. */
const MAX_NOTE = 500;
