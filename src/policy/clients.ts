import { type IpAddress, type Prefix, prefixContains } from '../base/ip-address.ts';

/** Finds the group of a client: the longest prefix wins. Two groups never hold the same prefix (config and store see to it). */
export function compileClients<G>(
  groups: readonly { readonly group: G; readonly clients: readonly Prefix[] }[],
): (client: IpAddress) => G | undefined {
  const hosts = new Map<IpAddress, G>();
  const prefixes: { prefix: Prefix; group: G }[] = [];
  for (const { group, clients } of groups) {
    for (const prefix of clients) {
      if (prefix.length === (prefix.family === 4 ? 32 : 128)) hosts.set(prefix.address, group);
      else prefixes.push({ prefix, group });
    }
  }
  prefixes.sort((a, b) => b.prefix.length - a.prefix.length);
  return (client) =>
    hosts.get(client) ?? prefixes.find(({ prefix }) => prefixContains(prefix, client))?.group;
}
