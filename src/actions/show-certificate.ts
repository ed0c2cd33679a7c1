import { KnownError } from '../base/errors.ts';
import type { ActionDeps } from './deps.ts';
import type { Knock } from './ports.ts';

export interface ShownFirewall {
  readonly url: string;
  readonly certificate: NonNullable<Knock['certificate']>;
  readonly pin: string | undefined;
  /** Why our client would not speak to it; undefined: it trusts it as it is. */
  readonly refusal: string | undefined;
}

/** What a firewall shows of itself, verified by nobody: for a person to compare with what the firewall itself says, and to pin. */
export function showCertificate({ doctor }: Pick<ActionDeps, 'doctor'>) {
  return async (firewall: string): Promise<ShownFirewall> => {
    const knock = await doctor.knock(firewall);
    if (knock === undefined) {
      throw new KnownError('invalid-input', `firewall ${firewall} is on this machine`, {
        hint: 'It has no address, and so no certificate to trust.',
      });
    }
    const { url, certificate, pin, refusal } = knock;
    if (certificate === undefined) {
      throw new KnownError(
        'firewall-unreachable',
        `${url} shows no certificate${refusal === undefined ? ': it speaks no TLS' : `: ${refusal.message}`}`,
      );
    }
    return { url, certificate, pin, refusal: refusal?.message };
  };
}
