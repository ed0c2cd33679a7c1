/** How domain values look in SQL: names as presentation text, addresses as canonical text, flags as 0 and 1. */
import { type DomainName, formatDomainName, parseDomainName } from '../base/domain-name.ts';
import type { IpAddress } from '../base/ip-address.ts';
import type { Flag } from './schema.ts';

export const toFlag = (value: boolean): Flag => (value ? 1 : 0);
export const fromFlag = (value: Flag): boolean => value === 1;

export const nameToSql = (name: DomainName): string => formatDomainName(name);
export const nameFromSql = (text: string): DomainName => parseDomainName(text);

/** Only canonical addresses are ever written, so they are read back as they are. */
export const addressFromSql = (text: string): IpAddress => text as IpAddress;

/** A list in one column; its items hold no separator (numbers, record types, names, addresses). */
export const splitList = (text: string, separator: ',' | ' '): readonly string[] =>
  text === '' ? [] : text.split(separator);

/** One page of a list that is read newest first. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** Give it back to get the next page; absent when this was the last one. */
  readonly nextCursor?: number;
}

/** `rows` were read with limit + 1: the one too many says that there is more. */
export function pageOf<Item extends { readonly id: number }>(
  rows: readonly Item[],
  limit: number,
): Page<Item> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return rows.length > limit && last !== undefined ? { items, nextCursor: last.id } : { items };
}
