import { assertGoodPassword } from '../../actions/accounts/password.ts';
import type { Actions } from '../../actions/actions.ts';
import { KnownError } from '../../base/errors.ts';
import { clientAddress } from '../access/identity.ts';
import type { SetupToken } from '../access/setup-token.ts';
import { Session, SetupRequest } from '../contract/session.ts';
import type { Api } from '../server.ts';
import { adminExists, openSession, passwordsOff, type SessionRouteDeps, signedInAs } from './session.ts';

export interface SetupRouteDeps extends SessionRouteDeps {
  readonly actions: Actions;
  /** Absent when there was an admin at the start. */
  readonly setupToken: SetupToken | undefined;
}

export function setupRoutes(app: Api, deps: SetupRouteDeps): void {
  app.post(
    '/setup',
    { schema: { body: SetupRequest, response: { 200: Session } }, config: { permission: 'open' } },
    async (request, reply) => {
      const { token, password } = request.body;
      if (!deps.passwordLogin) throw passwordsOff();
      if (deps.setupToken === undefined || adminExists(deps.db)) {
        throw new KnownError('already-set-up', 'an admin password was set before', {
          hint: 'Sign in with it.',
        });
      }
      assertGoodPassword(password);
      const giveBack = deps.setupToken.redeem(token);
      const address = clientAddress(request);
      try {
        const admin = await deps.actions.createAdmin(password, { name: 'setup', origin: address });
        openSession(request, reply, admin, deps);
        return signedInAs(admin, deps);
      } catch (error) {
        giveBack();
        throw error;
      }
    },
  );
}
