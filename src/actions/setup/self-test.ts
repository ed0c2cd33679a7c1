import type { IpAddress } from '../../base/ip-address.ts';
import { endpoint } from '../doctor/own-checks.ts';
import type { DoctorPort } from '../ports.ts';
import type { QueryPort } from '../query-port.ts';

/** Log lines that are looked at for who asks: a server that boots asks some hundred names at once. */
const LOOKED_AT = 200;

export interface Listener {
  readonly protocol: 'udp' | 'tcp';
  readonly address: string;
  readonly port: number;
  readonly error?: { readonly code: string; readonly remedy: string };
}

export interface SelfTest {
  readonly listeners: readonly {
    readonly protocol: 'udp' | 'tcp';
    readonly address: string;
    readonly port: number;
    readonly answers: boolean;
    readonly detail: string;
    readonly remedy?: string;
  }[];
  /** Who asked lately, the last one first. */
  readonly clients: readonly HeardClient[];
  /** Present when all of them are the gateway of our own network: who really asks is hidden. */
  readonly hidden?: { readonly gateway: string; readonly detail: string; readonly fixes: readonly string[] };
}

export interface HeardClient {
  readonly address: string;
  readonly name: string;
  readonly at: number;
  readonly group?: string;
}

type Deps = {
  readonly doctor: Pick<DoctorPort, 'askListener' | 'machine'>;
  readonly queries: Pick<QueryPort, 'search'>;
};

/** Asks our own listeners as a client would, and tells from which addresses questions come. Changes nothing. */
export function selfTest({ doctor, queries }: Deps) {
  return async (listeners: readonly Listener[]): Promise<SelfTest> => {
    const { gateways, addresses } = doctor.machine();
    const [looked, { items }] = await Promise.all([
      Promise.all(listeners.map((listener) => lookAt(doctor, listener))),
      queries.search({ limit: LOOKED_AT }),
    ]);
    const own = new Set<string>(addresses);
    const clients = [...Map.groupBy(items, ({ client }) => client).values()].flatMap(([last]) =>
      last === undefined || (own.has(last.client) && last.name.startsWith('healthcheck.invalid'))
        ? []
        : {
            address: last.client,
            name: last.name,
            at: last.at,
            ...(last.group === undefined ? {} : { group: last.group }),
          },
    );
    const [first] = clients;
    const isHidden =
      first !== undefined && clients.every(({ address }) => gateways.has(address as IpAddress));
    return { listeners: looked, clients, ...(isHidden ? { hidden: hiddenBehind(first.address) } : {}) };
  };
}

async function lookAt(
  doctor: Pick<DoctorPort, 'askListener'>,
  { error, ...listener }: Listener,
): Promise<SelfTest['listeners'][number]> {
  if (error !== undefined) {
    const detail = `${endpoint(listener)} could not be opened: ${error.code}`;
    return { ...listener, answers: false, detail, remedy: error.remedy };
  }
  const look = await doctor.askListener(listener);
  if (look.answered) {
    return { ...listener, answers: true, detail: `answered in ${Math.max(1, Math.round(look.tookMs))} ms` };
  }
  return {
    ...listener,
    answers: false,
    detail: look.problem,
    remedy: `See the log of Sallyport, and whether a firewall on this machine keeps it from ${endpoint(listener)}.`,
  };
}

function hiddenBehind(gateway: string): NonNullable<SelfTest['hidden']> {
  return {
    gateway,
    detail: `Every question seems to come from ${gateway}, the gateway of Sallyport's own network: in a container that is Docker's bridge, which hides who asks. Names are still filtered, but all hosts share one group.`,
    fixes: [
      'Give Sallyport an address of its own or this machine’s: in .env, COMPOSE_PROFILES=lan (its own) or COMPOSE_PROFILES=host (this machine’s), then docker compose up -d.',
      'Or keep the bridge and let Docker pass on who asks: {"userland-proxy": false} in /etc/docker/daemon.json, then restart Docker.',
    ],
  };
}
