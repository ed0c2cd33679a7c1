/** The addresses that clients ask. */
import { familyOf } from '../base/ip-address.ts';
import { portHolder } from '../base/port-holder.ts';
import { type Endpoint, parseEndpoint } from '../dns/endpoint.ts';
import type { ConnectionTable } from '../dns/listener/connection-table.ts';
import { expandEndpoints } from '../dns/listener/endpoints.ts';
import type { Handler, Listener, OnTrouble } from '../dns/listener/listener.ts';
import { listenTcp } from '../dns/listener/tcp.ts';
import { listenUdp } from '../dns/listener/udp.ts';
import type { ListenerReport } from '../plane/protocol.ts';

export interface Listening {
  readonly listeners: readonly Listener[];
  readonly reports: readonly ListenerReport[];
}

/** Opens what clients ask. */
export type OpenListeners = (
  texts: readonly string[],
  handler: Handler,
  onTrouble: OnTrouble,
  table: ConnectionTable,
) => Promise<Listening>;

/** Every address that can be bound is; the others are reported with the remedy, and the rest of the house goes on. */
export async function listen(
  texts: readonly string[],
  handler: Handler,
  onTrouble: OnTrouble,
  table: ConnectionTable,
  expand: (text: string) => readonly Endpoint[] = expandEndpoints,
): Promise<Listening> {
  const listeners: Listener[] = [];
  const reports: ListenerReport[] = [];
  const found = texts.map((text) => ({ text, endpoints: expand(text) }));
  for (const { text, endpoints } of found) if (endpoints.length === 0) reports.push(...nothingThere(text));
  for (const endpoint of found.flatMap(({ endpoints }) => endpoints)) {
    for (const [protocol, open] of [
      ['udp', listenUdp],
      ['tcp', listenTcp],
    ] as const) {
      try {
        const listener = await open(endpoint, handler, { onTrouble, table });
        listeners.push(listener);
        reports.push({ protocol, address: listener.address, port: listener.port });
      } catch (error) {
        reports.push({ protocol, ...endpoint, error: bindProblem(error, endpoint, protocol) });
      }
    }
  }
  return { listeners, reports };
}

/** A wildcard of a family this machine has no address of: said, because the silence would look like a firewall. */
function nothingThere(text: string): readonly ListenerReport[] {
  const { address, port } = parseEndpoint(text);
  const family = familyOf(address) === 6 ? 'IPv6' : 'IPv4';
  const remedy = `this machine has no ${family} address but link-local ones, so nothing listens on ${text}; give it one and start again, or take ${text} out of SALLYPORT_DNS_LISTEN (dns.listen)`;
  return (['udp', 'tcp'] as const).map((protocol) => ({
    protocol,
    address,
    port,
    error: { code: 'EADDRNOTAVAIL', remedy },
  }));
}

function bindProblem(
  error: unknown,
  { address, port }: { address: string; port: number },
  protocol: 'udp' | 'tcp',
) {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN';
  const at = `${address}:${port}`;
  switch (code) {
    case 'EACCES':
      return {
        code,
        remedy: `ports below 1024 need a privilege: run with CAP_NET_BIND_SERVICE (deploy/sallyport.service has it), or set SALLYPORT_DNS_LISTEN=${address}:1053 and forward port ${port} to it`,
      };
    case 'EADDRINUSE':
      return {
        code,
        remedy: `${portHolder(protocol, port) ?? `another program (\`ss -lpn 'sport = :${port}'\` names it)`} answers on ${at}; stop it, or set SALLYPORT_DNS_LISTEN to another address`,
      };
    case 'EADDRNOTAVAIL':
      return { code, remedy: `${address} is not an address of this machine; \`ip addr\` lists them` };
    default:
      return {
        code,
        remedy: `${protocol} ${at} could not be bound: ${error instanceof Error ? error.message : String(error)}`,
      };
  }
}
