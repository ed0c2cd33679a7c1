import { worthOfToken } from '../../actions/accounts/token-worth.ts';
import { type ApiToken, listApiTokens } from '../../store/api-tokens.ts';
import { actorOf } from '../access/identity.ts';
import { Empty, isoTime } from '../contract/common.ts';
import { CreateToken, OneToken, TokenCreated, TokenList, type TokenView } from '../contract/tokens.ts';
import type { RouteDeps } from '../route-deps.ts';
import type { Api } from '../server.ts';

export function tokenRoutes(app: Api, { actions, db, clock }: RouteDeps): void {
  const config = { permission: 'admin' } as const;
  const view = ({ createdAt, expiresAt, usedAt, ...token }: ApiToken): TokenView => ({
    ...token,
    worth: worthOfToken(db, { ...token, createdAt }),
    createdAt: isoTime(createdAt),
    ...(expiresAt === undefined ? {} : { expiresAt: isoTime(expiresAt) }),
    expired: expiresAt !== undefined && clock.now() >= expiresAt,
    ...(usedAt === undefined ? {} : { usedAt: isoTime(usedAt) }),
  });

  app.get('/tokens', { schema: { response: { 200: TokenList } }, config }, async () => ({
    items: listApiTokens(db).map(view),
  }));
  app.post(
    '/tokens',
    {
      schema: { body: CreateToken, response: { 200: TokenCreated } },
      config: { ...config, secretAnswer: true },
    },
    async (request) => {
      const { token, secret } = actions.createApiToken(request.body, actorOf(request));
      return { token: view(token), secret };
    },
  );
  app.delete(
    '/tokens/:id',
    { schema: { params: OneToken, response: { 200: Empty } }, config },
    async (request) => {
      actions.revokeApiToken(request.params.id, actorOf(request));
      return {};
    },
  );
}
