import { actorOf } from '../access/identity.ts';
import { Diagnosis, DoctorInput } from '../contract/doctor.ts';
import type { RouteDeps } from '../route-deps.ts';
import type { Api } from '../server.ts';

export function doctorRoutes(app: Api, { actions }: Pick<RouteDeps, 'actions'>): void {
  app.post(
    '/doctor',
    {
      schema: { body: DoctorInput.nullish(), response: { 200: Diagnosis } },
      config: { permission: 'admin' },
    },
    async (request) => {
      const checks = await actions.doctor(request.body ?? {}, actorOf(request));
      return { ok: checks.every(({ result }) => result !== 'failed'), items: [...checks] };
    },
  );
}
