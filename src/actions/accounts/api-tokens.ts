/** Keys for scripts: shown once, kept as hashes, each with a scope of its own and an end. */
import { hash, randomBytes } from 'node:crypto';
import { type ApiToken, addApiToken, findApiTokenByName, removeApiToken } from '../../store/api-tokens.ts';
import { appendAudit } from '../../store/audit.ts';
import type { Role } from '../../store/users.ts';
import type { Actor } from '../actor.ts';
import type { ActionDeps } from '../deps.ts';
import { parseDuration } from '../duration.ts';

type Deps = Pick<ActionDeps, 'db' | 'clock'>;

/** So that whoever finds one, a scanner of repositories too, knows what it is. */
const TOKEN_START = 'sallyport_';
const TOKEN_OCTETS = 32;
/** Characters that are kept to tell one token from another: of 43 random ones, four. */
const PREFIX_LENGTH = TOKEN_START.length + 4;

export interface NewToken {
  readonly name: string;
  readonly role: Role;
  /** '90d', or 'always'. */
  readonly for: string;
}

export function createApiToken({ db, clock }: Deps) {
  return (input: NewToken, actor: Actor): { readonly token: ApiToken; readonly secret: string } => {
    const at = clock.now();
    const secret = TOKEN_START + randomBytes(TOKEN_OCTETS).toString('base64url');
    return db.transaction(() => {
      const token = addApiToken(db, {
        name: input.name,
        role: input.role,
        prefix: secret.slice(0, PREFIX_LENGTH),
        tokenHash: hashOfToken(secret),
        createdAt: at,
        createdBy: accountOf(db, actor),
        ...(input.for === 'always' ? {} : { expiresAt: at + parseDuration(input.for) }),
      });
      appendAudit(db, {
        at,
        actor: actor.name,
        action: 'token.create',
        subject: token.name,
        after: { prefix: token.prefix, role: token.role, expiresAt: token.expiresAt ?? null },
        origin: actor.origin,
        reverts: actor.reverts,
      });
      return { token, secret };
    });
  };
}

/** Who answers for what is made with a token is who made that one: it must not outlive the rights of its maker in another. */
function accountOf(db: ActionDeps['db'], { name }: Actor): string {
  if (!name.startsWith(TOKEN)) return name;
  return findApiTokenByName(db, name.slice(TOKEN.length))?.createdBy ?? name;
}

/** As actors are written. */
const TOKEN = 'token:';

/** From the next request on it opens nothing. */
export function revokeApiToken({ db, clock }: Deps) {
  return (id: number, actor: Actor): void => {
    db.transaction(() => {
      const token = removeApiToken(db, id);
      appendAudit(db, {
        at: clock.now(),
        actor: actor.name,
        action: 'token.revoke',
        subject: token.name,
        before: { prefix: token.prefix, role: token.role },
        origin: actor.origin,
        reverts: actor.reverts,
      });
    });
  };
}

export function hashOfToken(secret: string): string {
  return hash('sha256', secret);
}
