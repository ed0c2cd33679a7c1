/** What can be wrong between Sallyport and one firewall. Pure: somebody else has looked. */
import { isOfCertificate } from '../../base/http-failure.ts';
import type { IpAddress } from '../../base/ip-address.ts';
import type { Finding } from '../../firewall/driver.ts';
import type { FirewallReport, Knock, RoundTrip } from '../ports.ts';
import { days, type Found, some } from './check.ts';

/** Logs of the two are compared by their times, and certificates are judged by them. */
const CLOCKS_AGREE_MS = 60_000;

/** A certificate that ends so soon is worth a word: renewing it by hand takes a while to come to. */
const ENDS_SOON_MS = 14 * 86_400_000;

/** What its driver found, and of what it did not come to, that it did not. */
export function driverChecks(findings: readonly Finding[]): readonly Found[] {
  const failed = findings.find(({ result }) => result === 'failed');
  if (failed === undefined) return findings;
  const missing = STEPS.filter((step) => findings.every(({ check }) => check !== step));
  return [
    ...findings,
    ...missing.map(
      (check): Found => ({ check, result: 'skipped', detail: `Not looked at: see ${failed.check}` }),
    ),
  ];
}

const STEPS: readonly Finding['check'][] = [
  'reachable',
  'key',
  'version',
  'privileges',
  'alias',
  'rule-uses-alias',
];

/** Some boxes keep their version from a key that may do no more than it must. */
export function versionCheck(driver: string, findings: readonly Finding[]): readonly Found[] {
  if (!HAS_FLOOR.has(driver)) return [];
  if (findings.some(({ check, result }) => check === 'version' || result === 'failed')) return [];
  return [
    {
      check: 'version',
      result: 'unknown',
      detail: 'The firewall does not tell this key its version',
      remedy: 'docs/firewalls.md names the oldest that works.',
    },
  ];
}

/** Older ones do not work, as docs/firewalls.md has it. */
const HAS_FLOOR: ReadonlySet<string> = new Set(['opnsense', 'pfsense', 'mikrotik']);

export function certificateCheck(
  { url, pin, certificate, refusal }: Knock,
  { name, now }: { readonly name: string; readonly now: number },
): Found {
  const check = 'certificate';
  if (!url.startsWith('https:')) {
    return { check, result: 'skipped', detail: `${url} speaks no TLS: it is on this machine` };
  }
  if (certificate === undefined) {
    return {
      check,
      result: 'unknown',
      detail: `${url} shows no certificate${refusal === undefined ? '' : `: ${refusal.message}`}`,
      remedy: 'Look at url, and at whether the firewall lets Sallyport reach its web page.',
    };
  }
  const { subject, issuer, validTo, validFrom } = certificate;
  if (pin !== undefined && certificate.pin !== pin) {
    return {
      check,
      result: 'failed',
      detail: `It shows the key ${certificate.pin}, and tls.pin is ${pin}: nothing is sent`,
      remedy: `If its key was changed on purpose: sallyport firewalls trust ${name}. If not, find out who answers at ${url}.`,
    };
  }
  // Every refusal of the handshake has to do with the certificate; what came after it is somebody else's line.
  const known = pin === undefined && isOfCertificate(refusal) ? refusal : undefined;
  if (known !== undefined) {
    return {
      check,
      result: 'failed',
      detail: `${known.message} (${subject || 'no name'}, signed by ${issuer || 'nobody'})`,
      remedy: `To trust its key: sallyport firewalls trust ${name}. ${known.hint ?? ''}`.trim(),
    };
  }
  const how = pin === undefined ? `verified, signed by ${issuer}` : 'its key is the pinned one';
  // A pinned key is trusted whatever its certificate says of its days.
  if (validTo <= now || validFrom > now) {
    const when = validTo <= now ? `ended ${days(now - validTo)} ago` : 'is not valid yet';
    return {
      check,
      result: 'ok',
      detail: `${subject}: ${how}; the certificate ${when}, which a pin ignores`,
    };
  }
  const left = validTo - now;
  const soon = pin === undefined && left < ENDS_SOON_MS;
  return {
    check,
    result: 'ok',
    detail: `${subject}: ${how}, valid for ${days(left)} more`,
    ...(soon ? { remedy: 'Renew it before it ends: then nothing more is opened or closed.' } : {}),
  };
}

export function clockCheck({ clockAheadMs }: Pick<Knock, 'clockAheadMs'>): Found {
  const check = 'clock';
  if (clockAheadMs === undefined) {
    return { check, result: 'unknown', detail: 'The firewall did not say what time it is' };
  }
  const seconds = Math.round(Math.abs(clockAheadMs) / 1000);
  if (Math.abs(clockAheadMs) <= CLOCKS_AGREE_MS) {
    return { check, result: 'ok', detail: 'The firewall and this machine agree on the time' };
  }
  return {
    check,
    result: 'failed',
    detail: `The clock of the firewall is ${seconds} s ${clockAheadMs > 0 ? 'ahead of' : 'behind'} this machine's`,
    remedy: 'Let both take their time from NTP: logs cannot be compared, and certificates are judged by it.',
  };
}

export function syncCheck({ name, desired, status }: FirewallReport): Found {
  const check = 'in-sync';
  if (status.heldPlan !== undefined) {
    return {
      check,
      result: 'failed',
      detail: `A large removal needs your OK: ${status.heldPlan.why}`,
      remedy: `Look at it with sallyport firewalls, then sallyport sync ${name} --release or --drop.`,
    };
  }
  if (status.state === 'up') {
    return { check, result: 'ok', detail: `It holds ${status.entries} of ${desired} addresses` };
  }
  if (status.state === 'starting') return { check, result: 'unknown', detail: 'It has not been read yet' };
  return {
    check,
    result: 'failed',
    detail: `The firewall is ${status.state}: ${status.lastError ?? 'no reason is known'}`,
    remedy: 'The other lines of this firewall say why; it is tried again by itself.',
  };
}

export interface Strangers {
  /** Nothing explains them, or what did has ended and they do not go. */
  readonly unexplained: readonly IpAddress[];
  /** Somebody keeps putting them back. */
  readonly otherWriters: readonly IpAddress[];
  /** They were there before us, and stay for a day. */
  readonly adopted: readonly IpAddress[];
}

export function foreignCheck(
  { alias, status }: Pick<FirewallReport, 'alias' | 'status'>,
  { unexplained, otherWriters, adopted }: Strangers,
): Found {
  const check = 'only-ours';
  if (status.lastSuccessAt === undefined) {
    return { check, result: 'skipped', detail: `${alias} has not been read since the start` };
  }
  const found = [
    ...(otherWriters.length > 0 ? [`another writer keeps adding ${some(otherWriters)}`] : []),
    ...(unexplained.length > 0 ? [`nothing here explains ${some(unexplained)}`] : []),
    ...(adopted.length > 0
      ? [`before Sallyport came there were ${some(adopted)}, which stay for a day`]
      : []),
  ];
  if (found.length === 0) {
    return { check, result: 'ok', detail: `All that ${alias} holds was opened by Sallyport` };
  }
  return {
    check,
    result: otherWriters.length + unexplained.length > 0 ? 'failed' : 'unknown',
    detail: `${alias}: ${found.join('; ')}`,
    remedy: `${alias} is for Sallyport alone: find who writes there, or why what is over does not go (sallyport firewalls). What shall stay open: sallyport addresses add ADDRESS.`,
  };
}

export function roundTripCheck(address: IpAddress, { added, removed, writes }: RoundTrip): Found {
  const check = 'round-trip';
  const cost = `${writes} ${writes === 1 ? 'write' : 'writes'}`;
  if (!added.held) {
    return {
      check,
      result: 'failed',
      detail: `${address} was put in, and the read-back does not show it${because(added.problem)}`,
      remedy: 'A firewall may say yes and do nothing: see its other lines, and whether the key may write.',
    };
  }
  if (removed.held) {
    return {
      check,
      result: 'failed',
      detail: `${address} was put in and seen, and does not go out again${because(removed.problem)}`,
      remedy: 'It is an address of nobody, and removed with the next run that succeeds.',
    };
  }
  return {
    check,
    result: 'ok',
    detail: `${address} was put in and seen after ${seconds(added.tookMs)}, taken out and gone after ${seconds(removed.tookMs)} (${cost})`,
  };
}

function because(problem: string): string {
  return problem === '' ? '' : `: ${problem}`;
}

function seconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
