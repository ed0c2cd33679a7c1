import { type DomainName, parseDomainName } from '../base/domain-name.ts';
import type { IpAddress } from '../base/ip-address.ts';
import { ownAddresses } from '../base/own-addresses.ts';

/** What a container's health check and the self-test ask. */
const HEALTH_NAME = parseDomainName('healthcheck.invalid');

/** Asked from this machine, it is nobody's question: no host is behind it, and it says nothing of where questions come from. */
export function isHealthQuestion(client: IpAddress, name: DomainName): boolean {
  return name === HEALTH_NAME && ownAddresses().includes(client);
}
