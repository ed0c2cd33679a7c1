import { Secret } from '../../base/secret.ts';
import { actorOf } from '../access/identity.ts';
import { BackupList, BackupStarted, MakeBackup, OneBackup } from '../contract/backups.ts';
import { Empty, isoTime } from '../contract/common.ts';
import type { RouteDeps } from '../route-deps.ts';
import type { Api } from '../server.ts';

export function backupRoutes(app: Api, { actions, backups }: Pick<RouteDeps, 'actions' | 'backups'>): void {
  const config = { permission: 'admin' } as const;

  app.get('/backups', { schema: { response: { 200: BackupList } }, config }, async () => {
    const { making, problem } = backups.progress();
    return {
      items: backups.list().map(({ at, ...one }) => ({ ...one, at: isoTime(at) })),
      ...(making === undefined ? {} : { making: { ...making, startedAt: isoTime(making.startedAt) } }),
      ...(problem === undefined ? {} : { problem }),
    };
  });
  app.post(
    '/backups',
    {
      schema: { body: MakeBackup, response: { 200: BackupStarted } },
      config: { ...config, secretAnswer: true },
    },
    async (request) => {
      const { passphrase, withLog } = request.body;
      return { name: actions.startBackup({ passphrase: new Secret(passphrase), withLog }, actorOf(request)) };
    },
  );
  // sameSite: it carries everything out of the house, sealed as it is.
  app.get(
    '/backups/:name/file',
    { schema: { params: OneBackup }, config: { ...config, sameSite: true } },
    async (request, reply) => {
      const { name } = request.params;
      const { content, octets } = actions.readBackup(name, actorOf(request));
      return reply
        .header('content-disposition', `attachment; filename="${name}"`)
        .header('content-length', String(octets))
        .type('application/octet-stream')
        .send(content);
    },
  );
  app.delete(
    '/backups/:name',
    { schema: { params: OneBackup, response: { 200: Empty } }, config },
    async (request) => {
      actions.removeBackup(request.params.name, actorOf(request));
      return {};
    },
  );
}
