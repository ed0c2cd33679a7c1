import type { TriedFirewall } from '../actions/ports.ts';
import type { Clock } from '../base/clock.ts';
import { TransientDriverError } from '../base/errors.ts';
import { isOfCertificate } from '../base/http-failure.ts';
import { withinLimit } from '../base/time-limit.ts';
import type { FirewallConfig } from '../firewall/config.ts';
import type { Finding } from '../firewall/driver.ts';
import { failedFinding } from '../firewall/findings.ts';
import { createKeyLockouts } from '../firewall/key-lockout.ts';
import { createDriver, loadTls } from '../firewall/registry.ts';
import { knock } from './knock.ts';

/** Below what the page waits for an answer. */
const LIMIT_MS = 20_000;

/** Looks at firewalls that are in no configuration yet: the driver is made for the look, and thrown away after it. */
export function createFirewallTrials(clock: Clock) {
  // Shared by all trials: a box shuts out whoever sends it one wrong key after the other.
  const lockouts = createKeyLockouts(clock);
  return async (firewall: FirewallConfig): Promise<TriedFirewall> => {
    const driver = createDriver(firewall, { clock, lockouts });
    try {
      const { url } = firewall;
      const shown =
        url === undefined ? undefined : await knock({ url, tls: loadTls(firewall.name, firewall.tls) });
      // Whoever answers there is not who it should be: the key is not for them.
      if (isStranger(shown?.refusal)) return { knock: shown, findings: undefined };
      const findings = await withinLimit({ clock, ms: LIMIT_MS, late }, (signal) =>
        driver.examine(signal),
      ).catch((error: unknown): readonly Finding[] => [failedFinding(error, 'reachable')]);
      return { knock: shown, findings };
    } finally {
      await driver.close();
    }
  };
}

/** A page that is too long for us is no reason: the API behind it may be in order. */
function isStranger(refusal: Error | undefined): boolean {
  return refusal instanceof TransientDriverError || isOfCertificate(refusal);
}

function late(): Error {
  return new TransientDriverError(`The firewall was not examined in ${LIMIT_MS / 1000} s`);
}
