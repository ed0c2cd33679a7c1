import { KnownError } from '../base/errors.ts';
import { appendAudit } from '../store/audit.ts';
import type { Actor } from './actor.ts';
import type { ActionDeps } from './deps.ts';
import { type ShownFirewall, showCertificate } from './show-certificate.ts';

/**
 * A person says that this is the key of the firewall. That is written down, and nothing is stored to go by: firewalls are
 * configured in the file or the environment, and nowhere else, so the answer is what to set there.
 */
export function trustFirewall(deps: Pick<ActionDeps, 'db' | 'clock' | 'doctor'>) {
  return async (firewall: string, pin: string, actor: Actor): Promise<ShownFirewall> => {
    const shown = await showCertificate(deps)(firewall);
    if (shown.certificate.pin !== pin) {
      throw new KnownError(
        'firewall-misconfigured',
        `${shown.url} shows the key ${shown.certificate.pin}, not ${pin}`,
        { hint: 'If its key was not changed on purpose, find out who answers there.' },
      );
    }
    if (shown.pin !== pin) {
      appendAudit(deps.db, {
        at: deps.clock.now(),
        actor: actor.name,
        action: 'firewall.trust',
        subject: firewall,
        ...(shown.pin === undefined ? {} : { before: { pin: shown.pin } }),
        after: { pin },
        origin: actor.origin,
      });
    }
    return shown;
  };
}
