/** Ways to break the product from outside, each of which the oracle must notice: parts that are handed in are wrapped. */
import type { Handler } from '../../src/dns/listener/listener.ts';
import type { Driver } from '../../src/firewall/driver.ts';
import type { Port } from '../../src/plane/port.ts';
import type { DataMessage, ToData } from '../../src/plane/protocol.ts';
import type { MainDb } from '../../src/store/open.ts';
import type { Firewall } from './firewall.ts';
import type { Timeline } from './timeline.ts';

export interface Mutation {
  database(db: MainDb): MainDb;
  driver(driver: Driver, firewall: Firewall): Driver;
  handler(handler: Handler, timeline: Timeline): Handler;
  toData(port: Port<DataMessage, ToData>): Port<DataMessage, ToData>;
  /** A person has revoked what allowed these names. */
  revoked(names: readonly string[]): void;
}

export const unchanged: Mutation = {
  database: (db) => db,
  driver: (driver) => driver,
  handler: (handler) => handler,
  toData: (port) => port,
  revoked: () => undefined,
};

export const MUTATIONS = { unchanged } as const satisfies Readonly<Record<string, Mutation>>;

export type MutationName = keyof typeof MUTATIONS;

export function mutationOf(name: MutationName): Mutation {
  return MUTATIONS[name];
}
