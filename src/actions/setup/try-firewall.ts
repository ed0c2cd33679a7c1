import type { Clock } from '../../base/clock.ts';
import { KnownError } from '../../base/errors.ts';
import { isOfCertificate } from '../../base/http-failure.ts';
import { Secret } from '../../base/secret.ts';
import { checkFirewallConfig, type FirewallConfig } from '../../firewall/config.ts';
import type { Finding } from '../../firewall/driver.ts';
import type { Found } from '../doctor/check.ts';
import { certificateCheck, clockCheck, driverChecks, versionCheck } from '../doctor/firewall-checks.ts';
import type { DoctorPort, Knock } from '../ports.ts';

export interface FirewallTrial {
  readonly driver: 'opnsense' | 'pfsense' | 'mikrotik' | 'nftables';
  readonly url?: string | undefined;
  readonly key?: string | undefined;
  readonly secret?: string | undefined;
  readonly alias: string;
  readonly pin?: string | undefined;
}

export interface FirewallTried {
  readonly checks: readonly Found[];
  /** What it shows of itself, to be compared and pinned; verified by nobody. */
  readonly certificate?: NonNullable<Knock['certificate']> & { readonly trusted: boolean };
}

/** The name the one firewall of the environment has. */
const NAME = 'default';

/**
 * The doctor's list for a firewall that is typed in and not configured yet. It changes nothing, neither here nor there, and
 * keeps nothing of what was typed: firewalls are configured in the file or the environment, and nowhere else.
 */
export function tryFirewall({ doctor, clock }: { readonly doctor: DoctorPort; readonly clock: Clock }) {
  let isTrying = false;
  return async (typed: FirewallTrial): Promise<FirewallTried> => {
    const firewall = configOf(typed);
    const problems = checkFirewallConfig(firewall);
    if (problems.length > 0) {
      return {
        checks: problems.map(({ key, message }) => ({ check: key, result: 'failed', detail: message })),
      };
    }
    if (isTrying) throw new KnownError('request-under-way', 'a firewall is being tried already');
    isTrying = true;
    try {
      const { knock, findings } = await doctor.tryFirewall(firewall);
      const checks: readonly Found[] = [
        ...(knock === undefined ? [] : [certificateLine(knock, clock.now())]),
        ...(knock === undefined || findings === undefined ? [] : [clockCheck(knock)]),
        ...driverChecks(findings ?? [notMet(knock)]),
        ...versionCheck(typed.driver, findings ?? [notMet(knock)]),
      ];
      const certificate = knock?.certificate;
      return {
        checks,
        ...(certificate === undefined
          ? {}
          : { certificate: { ...certificate, trusted: knock?.refusal === undefined } }),
      };
    } finally {
      isTrying = false;
    }
  };
}

function configOf({ driver, url, key, secret, alias, pin }: FirewallTrial): FirewallConfig {
  return {
    name: NAME,
    driver,
    alias,
    ...(driver === 'nftables' || url === undefined || url === '' ? {} : { url }),
    ...(key === undefined || key === '' ? {} : { key: new Secret(key) }),
    ...(secret === undefined || secret === '' ? {} : { secret: new Secret(secret) }),
    ...(pin === undefined ? {} : { tls: { pin } }),
  };
}

function certificateLine(knock: Knock, now: number): Found {
  const line = certificateCheck(knock, { name: NAME, now });
  // The doctor's remedy is a command for a firewall that is configured.
  return line.result === 'failed'
    ? {
        ...line,
        remedy: `Compare the fingerprint of its key with what the firewall itself says. If it is the same, trust it; if not, find out who answers at ${knock.url}.`,
      }
    : line;
}

/** Why no key was sent. */
function notMet(knock: Knock | undefined): Finding {
  const check = 'reachable';
  if (knock?.certificate !== undefined && isOfCertificate(knock.refusal)) {
    return { check, result: 'failed', detail: 'It answers, and no key was sent to it: see certificate' };
  }
  return {
    check,
    result: 'failed',
    detail: knock?.refusal?.message ?? 'It does not answer',
    remedy: 'Look at the address, and at whether the firewall lets Sallyport reach its web page.',
  };
}
