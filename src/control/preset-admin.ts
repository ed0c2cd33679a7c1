import { ADMIN, resetAdminPassword } from '../actions/accounts/admin-password.ts';
import { verifyPassword } from '../actions/accounts/password.ts';
import type { Clock } from '../base/clock.ts';
import type { Secret } from '../base/secret.ts';
import type { MainDb } from '../store/open.ts';
import { findUser } from '../store/users.ts';

/** SALLYPORT_ADMIN_PASSWORD is the admin's password from the start on; sessions stay while it does not change. */
export async function presetAdmin(db: MainDb, clock: Clock, password: Secret): Promise<void> {
  const admin = findUser(db, ADMIN);
  if (admin !== undefined && (await verifyPassword(admin.passwordHash, password.reveal()))) return;
  await resetAdminPassword({ db, clock })(
    { password: password.reveal(), dropSecondFactor: false },
    { name: 'environment', origin: 'start' },
  );
}
