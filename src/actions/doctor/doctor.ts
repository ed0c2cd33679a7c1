import { describeError, KnownError, TransientDriverError } from '../../base/errors.ts';
import type { IpAddress } from '../../base/ip-address.ts';
import { withinLimit } from '../../base/time-limit.ts';
import { appendAudit } from '../../store/audit.ts';
import type { Actor } from '../actor.ts';
import type { ActionDeps } from '../deps.ts';
import { describeGroup } from '../describe-group.ts';
import type { FirewallReport, LeasePort } from '../ports.ts';
import type { QueryPort } from '../query-port.ts';
import type { Check, Found } from './check.ts';
import { allowedName, type ChosenClients, chooseClients, whenHeard } from './choose-clients.ts';
import { clientChecks } from './client-checks.ts';
import {
  certificateCheck,
  clockCheck,
  driverChecks,
  foreignCheck,
  roundTripCheck,
  syncCheck,
  versionCheck,
} from './firewall-checks.ts';
import { ownChecks } from './own-checks.ts';
import { trialAddress } from './trial-address.ts';

export interface DoctorRequest {
  /** This one only; all without a firewall and a client named. */
  readonly firewall?: string | undefined;
  /** The address of a host, or the name of a group. */
  readonly client?: string | undefined;
  /** Also puts one address into each alias and takes it out again: on some firewalls each is a lasting write. */
  readonly roundTrip?: boolean | undefined;
  /** A documentation address; 192.0.2.253 unless told. */
  readonly testAddress?: string | undefined;
}

type Deps = Pick<ActionDeps, 'db' | 'clock' | 'sync' | 'doctor'> & {
  readonly leases: Pick<LeasePort, 'live'>;
  readonly queries: Pick<QueryPort, 'search'>;
};

/** A person waits. A firewall whose backend hangs answers each call after 10 s, and examining one takes 30 s at most. */
const LIMIT_MS = 30_000;

/** Looks at everything between a protected host and the firewall that can be wrong, and says the remedy. Only a round trip changes anything. */
export function doctor(deps: Deps) {
  return async (request: DoctorRequest, actor: Actor): Promise<readonly Check[]> => {
    const { sync } = deps;
    const address = trialAddress(request.testAddress);
    const everything = request.firewall === undefined && request.client === undefined;
    const firewalls =
      request.firewall !== undefined
        ? [findFirewall(sync.state(), request.firewall)]
        : everything
          ? sync.state()
          : [];
    const clients = request.client !== undefined || everything ? chooseClients(deps.db, request.client) : [];

    const own = ownChecks(deps.doctor.machine(), deps.clock.now());
    const looks = await Promise.all([
      ...firewalls.map((firewall) => checkFirewall(deps, firewall)),
      ...clients.map((chosen) => checkClients(deps, chosen)),
    ]);
    const trips: Check[] = [];
    // One after the other, when nobody else asks anything of them: they are writes.
    for (const { name } of firewalls) {
      trips.push(
        request.roundTrip === true
          ? { firewall: name, ...(await tryRoundTrip(deps, name, address, actor)) }
          : { firewall: name, ...NO_ROUND_TRIP },
      );
    }
    return [...own, ...looks.flat(), ...trips];
  };
}

const NO_ROUND_TRIP: Found = {
  check: 'round-trip',
  result: 'skipped',
  detail: 'Nothing was written; whether changes arrive is only known by making one',
  remedy: 'sallyport doctor --round-trip (two writes; on pfSense two of the 30 config revisions it keeps)',
};

const SILENT_FIREWALL = { check: 'reachable', result: 'failed' } as const;
/** A log of many millions of questions is slow to search; that says nothing of the host. */
const SLOW_SEARCH = { check: 'dns-port', result: 'unknown' } as const;

const READ_ONLY: Found = {
  check: 'round-trip',
  result: 'skipped',
  detail: 'Its mode is verify: another one writes this alias',
};

async function checkFirewall(deps: Deps, { name, driver }: FirewallReport): Promise<readonly Check[]> {
  const { clock, sync, leases } = deps;
  const [examined, shown] = await Promise.all([
    inTime(deps, SILENT_FIREWALL, async () => {
      const findings = await sync.examine(name);
      return [...driverChecks(findings), ...versionCheck(driver, findings)];
    }),
    inTime(deps, { check: 'certificate', result: 'failed' }, async () => {
      const knock = await deps.doctor.knock(name);
      if (knock === undefined) return [];
      return [certificateCheck(knock, { name, now: clock.now() }), clockCheck(knock)];
    }),
  ]);
  // As it is after the look, not before.
  const report = findFirewall(sync.state(), name);
  const adopted = leases
    .live({})
    .filter(({ cause, firewalls }) => cause === 'adopted' && firewalls.some((one) => one.name === name));
  const found = [
    ...shown,
    ...examined,
    syncCheck(report),
    foreignCheck(report, {
      unexplained: deps.doctor
        .unexplained(name)
        .filter((address) => !report.status.otherWriters.includes(address)),
      otherWriters: report.status.otherWriters,
      adopted: [...new Set(adopted.map((lease) => lease.address))],
    }),
  ];
  return found.map((check) => ({ firewall: name, ...check }));
}

async function checkClients(deps: Deps, { group, clients }: ChosenClients): Promise<readonly Check[]> {
  const found = await inTime(deps, SLOW_SEARCH, async () =>
    clientChecks({
      group: group.name,
      clients: await whenHeard(deps.queries, group, clients),
      enforcement: describeGroup(deps, group),
      allowed: allowedName(deps.db, group, deps.clock.now()),
      machine: deps.doctor.machine(),
      now: deps.clock.now(),
    }),
  );
  return found.map((check) => ({ group: group.name, ...check }));
}

async function tryRoundTrip(
  { db, clock, doctor: port }: Deps,
  firewall: string,
  address: IpAddress,
  actor: Actor,
): Promise<Found> {
  appendAudit(db, {
    at: clock.now(),
    actor: actor.name,
    action: 'firewall.round-trip',
    subject: firewall,
    after: { address },
    origin: actor.origin,
  });
  try {
    const trip = await port.roundTrip(firewall, address);
    return trip === undefined ? READ_ONLY : roundTripCheck(address, trip);
  } catch (error) {
    return failure({ check: 'round-trip', result: 'failed' }, error);
  }
}

/** What is not known in time, or was foreseen to go wrong, is a line like every other. */
async function inTime(
  { clock }: Pick<Deps, 'clock'>,
  otherwise: Pick<Found, 'check' | 'result'>,
  work: () => Promise<readonly Found[]>,
): Promise<readonly Found[]> {
  const late = () => new TransientDriverError(`No answer within ${LIMIT_MS / 1000} s`);
  try {
    return await withinLimit({ clock, ms: LIMIT_MS, late }, (signal) => {
      const { promise, reject } = Promise.withResolvers<never>();
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      return Promise.race([work(), promise]);
    });
  } catch (error) {
    return [failure(otherwise, error)];
  }
}

function failure(otherwise: Pick<Found, 'check' | 'result'>, error: unknown): Found {
  if (error instanceof TransientDriverError) return { ...otherwise, detail: describeError(error) };
  if (!(error instanceof KnownError)) throw error;
  return {
    ...otherwise,
    detail: error.message,
    ...(error.hint === undefined ? {} : { remedy: error.hint }),
  };
}

function findFirewall(all: readonly FirewallReport[], name: string): FirewallReport {
  const found = all.find((firewall) => firewall.name === name);
  if (found !== undefined) return found;
  const names = all.map((firewall) => firewall.name).join(', ');
  throw new KnownError('not-found', `there is no firewall ${name}`, {
    hint: names === '' ? 'No firewall is configured.' : `Configured: ${names}.`,
  });
}
