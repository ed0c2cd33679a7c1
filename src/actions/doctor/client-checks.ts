/** What can be known from here of whether a protected host asks us, and only us. Pure. */
import type { IpAddress } from '../../base/ip-address.ts';
import type { Enforcement } from '../enforcement.ts';
import type { Machine } from '../ports.ts';
import { type Found, some } from './check.ts';
import { isLoopback, resolvConfCheck } from './resolv-conf-check.ts';

/** A host that is on asks something at least once an hour, if only for the time. */
const SILENT_MS = 3_600_000;

export interface ClientFacts {
  readonly group: string;
  /** Hosts as they were asked about: addresses; a prefix counts as one. */
  readonly clients: readonly Heard[];
  readonly enforcement: Enforcement;
  /** A name the group may ask, for the command to run there. */
  readonly allowed: string | undefined;
  readonly machine: Machine;
  readonly now: number;
}

export interface Heard {
  readonly client: string;
  /** When it last asked something; undefined: never, as far as the log goes back. */
  readonly lastAt: number | undefined;
}

export function clientChecks(facts: ClientFacts): readonly Found[] {
  return [
    enforcedCheck(facts.enforcement),
    dnsPortCheck(facts),
    resolvConfCheck(facts.clients, facts.machine),
    otherResolversCheck(facts),
  ];
}

function enforcedCheck({ state, sentence }: Enforcement): Found {
  const check = 'enforced';
  if (state === 'enforced') return { check, result: 'ok', detail: sentence };
  if (state !== 'names-only') return { check, result: 'skipped', detail: sentence };
  return {
    check,
    result: 'failed',
    detail: sentence,
    remedy:
      'A group needs a firewall that answers, with a rule that uses the alias (docs/firewalls.md); the lines of its firewall say what is wrong there.',
  };
}

/** Heard of means reached: nothing else is proof that port 53 is open from there. */
function dnsPortCheck({ clients, machine, now, group }: ClientFacts): Found {
  const check = 'dns-port';
  const resolver = reachableAt(machine);
  if (clients.length === 0) {
    return {
      check,
      result: 'failed',
      detail: `${group} has no clients: nobody is protected by it`,
      remedy: `sallyport group ${group} --add ADDRESS`,
    };
  }
  if (resolver === undefined && clients.some(({ client }) => !isLoopback(client))) {
    return {
      check,
      result: 'failed',
      detail: 'DNS listens on this machine only: no other host can ask it',
      remedy:
        'Start it with --lan ADDRESS, or set SALLYPORT_DNS_LISTEN to an address of this machine and port 53.',
    };
  }
  const at = resolver ?? '127.0.0.1';
  const heard = clients.flatMap(({ client, lastAt }) => (lastAt === undefined ? [] : [{ client, lastAt }]));
  const never = clients.filter(({ lastAt }) => lastAt === undefined).map(({ client }) => client);
  const tryIt = `Run there: nslookup plex.tv ${at}`;
  if (heard.length === 0) {
    return {
      check,
      result: 'failed',
      detail: `Never asked anything: ${some(never)}`,
      remedy: `${tryIt}. When that answers, make ${at} the only name server (docs/point-your-server.md); when not, pass UDP and TCP port 53 to it on the firewall.`,
    };
  }
  const words = heard.map(({ client, lastAt }) => `${client} ${ago(now - lastAt)}`);
  if (never.length > 0) {
    return {
      check,
      result: 'unknown',
      detail: `Last asked: ${some(words)}; never: ${some(never)}`,
      remedy: `A second address of a host that asks from its first is in order; a host of its own is not. ${tryIt}`,
    };
  }
  const silent = heard.filter(({ lastAt }) => now - lastAt > SILENT_MS);
  if (silent.length > 0) {
    return {
      check,
      result: 'unknown',
      detail: `Last asked: ${some(words)}`,
      remedy: `Switched off, or asking somebody else by now? ${tryIt}`,
    };
  }
  return { check, result: 'ok', detail: `Last asked: ${some(words)}` };
}

function otherResolversCheck({ clients, machine, allowed }: ClientFacts): Found {
  const [first] = clients;
  const words = [
    'sh -s --',
    `--sallyport ${reachableAt(machine) ?? '127.0.0.1'}`,
    ...(allowed === undefined ? [] : [`--allowed ${allowed}`]),
  ].join(' ');
  const where = first === undefined || first.client.includes('/') ? 'THE-HOST' : first.client;
  return {
    check: 'other-resolvers',
    result: 'unknown',
    detail: 'Whether the host can ask other resolvers, or over TLS (DoT), shows on the host only',
    remedy: isLoopback(where)
      ? `Run: ${words} < scripts/client-check.sh`
      : `Run: ssh ${where} '${words}' < scripts/client-check.sh`,
  };
}

/** Where other hosts reach us; undefined: nowhere. Without the port, which is 53 for every stub resolver. */
function reachableAt({ listeners }: Machine): IpAddress | string | undefined {
  return listeners.find(({ address, error }) => error === undefined && !isLoopback(address))?.address;
}

function ago(ms: number): string {
  if (ms < 60_000) return `${Math.max(0, Math.round(ms / 1000))} s ago`;
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} min ago`;
  return ms < 172_800_000 ? `${Math.round(ms / 3_600_000)} h ago` : `${Math.round(ms / 86_400_000)} days ago`;
}
