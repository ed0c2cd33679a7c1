/** Short words for tests of the store. */
import { type DomainName, parseDomainName } from '../../src/base/domain-name.ts';
import { type IpAddress, type Prefix, parseIpAddress, parsePrefix } from '../../src/base/ip-address.ts';
import { addGroup, type Group } from '../../src/store/groups.ts';
import type { MainDb } from '../../src/store/open.ts';

export const name = (text: string): DomainName => parseDomainName(text);
export const ip = (text: string): IpAddress => parseIpAddress(text);
export const prefix = (text: string): Prefix => parsePrefix(text);

/** 2026-11-22 12:00 UTC. */
export const NOON = Date.UTC(2026, 10, 22, 12);
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export function group(db: MainDb, groupName = 'plex', ...clients: string[]): Group {
  return addGroup(db, { name: groupName, clients: clients.map(prefix), origin: 'person', createdAt: NOON });
}
