/** Ways to break the product from outside, each of which the oracle must notice: parts that are handed in are wrapped. */
import { decode } from 'dns-packet';
import type { IpAddress } from '../../src/base/ip-address.ts';
import type { Handler } from '../../src/dns/listener/listener.ts';
import type { AliasChanges, Driver, Entries, Entry } from '../../src/firewall/driver.ts';
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
  /** A person has revoked what allowed these names, which led to these addresses. */
  revoked(addresses: readonly string[]): void;
}

export const unchanged: Mutation = {
  database: (db) => db,
  driver: (driver) => driver,
  handler: (handler) => handler,
  toData: (port) => port,
  revoked: () => undefined,
};

/** Leases are pushed, and never written down: the next run knows nothing of them. */
function skipTheCommit(): Mutation {
  const isLease = (sql: string) => sql.startsWith('insert into "leases"');
  return {
    ...unchanged,
    database: (db) => ({
      ...db,
      prepare(build) {
        const prepared = db.prepare(build);
        const { sql } = build(() => null as never, db.query).compile();
        return isLease(sql) ? { ...prepared, run: () => 1 } : prepared;
      },
    }),
  };
}

/** What was asked for counts as done: a read after a write shows what the write should have led to. */
function skipTheReadBack(): Mutation {
  return {
    ...unchanged,
    driver(driver) {
      let believed: Entries | undefined;
      return {
        ...driver,
        async read(signal) {
          const seen = believed ?? (await driver.read(signal));
          believed = undefined;
          return seen;
        },
        async apply(changes, signal) {
          const before = await driver.read(signal);
          await driver.apply(changes, signal);
          believed = after(before, changes, driver.capabilities.expires);
        },
      };
    },
  };
}

function after(before: Entries, { add, renew, remove }: AliasChanges, expires: boolean): Entries {
  const entries = new Map<IpAddress, Entry>(before);
  for (const { address, forMs } of [...add, ...renew])
    entries.set(address, expires ? { expiresInMs: forMs } : {});
  for (const address of remove) entries.delete(address);
  return entries;
}

/** The workers are told that no lease needs to outlive its answer. */
function dropTheGrace(): Mutation {
  return {
    ...unchanged,
    toData: (port) => ({
      ...port,
      post: (message) =>
        port.post(
          message.kind === 'policy'
            ? {
                ...message,
                groups: message.groups.map((group) => ({ ...group, graceMs: 0, headroomMs: 0 })),
              }
            : message,
        ),
    }),
  };
}

/** Revoking a rule closes all addresses of its names, whoever else needs them. */
function forgetAReference(): Mutation {
  const closing = new Set<string>();
  return {
    ...unchanged,
    driver: (driver) => ({
      ...driver,
      async apply(changes, signal) {
        const more = [...closing].map((address) => address as IpAddress);
        closing.clear();
        await driver.apply({ ...changes, remove: [...changes.remove, ...more] }, signal);
      },
    }),
    revoked(addresses) {
      for (const address of addresses) closing.add(address);
    },
  };
}

/** Addresses are removed, and the workers never hear of it. */
function removeWithoutWithdrawing(): Mutation {
  return {
    ...unchanged,
    toData: (port) => ({
      ...port,
      post: (message) =>
        port.post(
          message.kind === 'view'
            ? { ...message, changes: message.changes.filter(({ heldUntil }) => heldUntil !== undefined) }
            : message,
        ),
    }),
  };
}

/** A reply is told again for as long as its first ttl said, whatever has become of its addresses. */
function cacheBeforeTheGate(): Mutation {
  return {
    ...unchanged,
    handler(handler, timeline) {
      const kept = new Map<string, { readonly octets: Buffer; readonly until: number }>();
      return (packet, client, reply) => {
        const key = `${client.address} ${packet.subarray(2).toString('latin1')}`;
        const found = kept.get(key);
        if (found !== undefined && found.until > timeline.now) {
          const octets = Buffer.from(found.octets);
          packet.copy(octets, 0, 0, 2);
          return reply(octets);
        }
        handler(packet, client, (octets) => {
          const ttls = (decode(octets).answers ?? []).map((record) =>
            'ttl' in record ? (record.ttl ?? 0) : 0,
          );
          if (ttls.length > 0)
            kept.set(key, {
              octets: Buffer.from(octets),
              until: timeline.now + 1000 * Math.min(...ttls),
            });
          reply(octets);
        });
      };
    },
  };
}

/** Every second question is answered by nothing but SERVFAIL. */
function failEverySecond(): Mutation {
  return {
    ...unchanged,
    handler(handler) {
      let asked = 0;
      return (packet, client, reply) =>
        asked++ % 2 === 0 ? handler(packet, client, reply) : reply(failureFor(packet));
    },
  };
}

/** The question, and SERVFAIL. */
function failureFor(packet: Buffer): Buffer {
  const octets = Buffer.from(packet);
  octets.writeUInt8(octets.readUInt8(2) | 0x80, 2);
  octets.writeUInt8((octets.readUInt8(3) & 0xf0) | 2, 3);
  return octets;
}

/** Nothing is ever told. */
function failAlways(): Mutation {
  return { ...unchanged, handler: () => (packet, _client, reply) => reply(failureFor(packet)) };
}

export const MUTATIONS = {
  'skip the commit': skipTheCommit,
  'skip the read-back': skipTheReadBack,
  'drop the grace': dropTheGrace,
  'forget a reference': forgetAReference,
  'remove without withdrawing': removeWithoutWithdrawing,
  'cache before the gate': cacheBeforeTheGate,
  'fail every second question': failEverySecond,
  'fail every question': failAlways,
} as const satisfies Readonly<Record<string, () => Mutation>>;

export type MutationName = keyof typeof MUTATIONS;

export function mutationOf(name: MutationName): Mutation {
  return MUTATIONS[name]();
}
