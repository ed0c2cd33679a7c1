import type { Machine } from '../ports.ts';
import type { Found } from './check.ts';

/** Only where the protected host is this machine can its file be read from here. Pure. */
export function resolvConfCheck(clients: readonly { readonly client: string }[], machine: Machine): Found {
  const check = 'resolv.conf';
  const own = new Set<string>(machine.addresses);
  if (!clients.some(({ client }) => own.has(client) || isLoopback(client))) {
    return { check, result: 'unknown', detail: 'Can be read on the host only: see other-resolvers' };
  }
  if (machine.resolvConf === undefined) {
    return { check, result: 'unknown', detail: 'This machine has no /etc/resolv.conf' };
  }
  const { file, servers, stub } = askedBy(machine.resolvConf, machine);
  if (stub !== undefined && servers.length === 0) {
    return {
      check,
      result: 'unknown',
      detail: `${file} answers here (${stub}), and does not say whom it asks`,
      remedy: 'Sallyport has to be all it asks (docs/point-your-server.md).',
    };
  }
  const [only] = servers;
  if (servers.length === 1 && only !== undefined && (own.has(only) || isLoopback(only))) {
    return { check, result: 'ok', detail: `${file} names ${only} and nobody else` };
  }
  return {
    check,
    result: 'failed',
    detail: `${file} names ${servers.length === 0 ? 'nobody' : servers.join(', ')}`,
    remedy:
      'Name exactly one, and that Sallyport: musl asks all of them at once and takes the first answer (docs/point-your-server.md).',
  };
}

export function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}

interface Asked {
  /** Where it is written. */
  readonly file: string;
  readonly servers: readonly string[];
  /** The resolver of the machine that stands between, by its address. */
  readonly stub?: string;
}

/** A resolver of systemd or Docker is on loopback as well, and is not us: whom it asks counts. */
function askedBy(resolvConf: string, { resolvedConf, listeners }: Machine): Asked {
  const servers = nameServers(resolvConf);
  const [stub, ...more] = servers;
  const isOurs = listeners.some(({ address, error }) => error === undefined && address === stub);
  if (stub === undefined || more.length > 0 || isOurs) return { file: '/etc/resolv.conf', servers };
  if (RESOLVED.has(stub)) return { file: 'systemd-resolved', servers: nameServers(resolvedConf ?? ''), stub };
  if (stub === DOCKER) return { file: "Docker's resolver", servers: dockerServers(resolvConf), stub };
  return { file: '/etc/resolv.conf', servers };
}

/** Listeners of systemd-resolved: the stub, and the one that only passes on. */
const RESOLVED: ReadonlySet<string> = new Set(['127.0.0.53', '127.0.0.54']);
/** In every container on a network of its own. */
const DOCKER = '127.0.0.11';

function nameServers(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1] ?? []);
}

/** `# ExtServers: [192.168.1.1 host(192.168.1.2)]`: the second is asked from the network of the host. */
function dockerServers(text: string): readonly string[] {
  const listed = /^# ExtServers: \[(.*)\]/m.exec(text)?.[1] ?? '';
  return listed.split(' ').flatMap((one) => one.replace(/^host\((.*)\)$/, '$1') || []);
}
