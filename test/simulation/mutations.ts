/** Ways to break the product, each of which the oracle must notice: parts that are handed in are wrapped, or a method is replaced. */
import { decode, encode } from 'dns-packet';
import type { IpAddress } from '../../src/base/ip-address.ts';
import type { Handler } from '../../src/dns/listener/listener.ts';
import type { AliasChanges, Driver, Entries, Entry } from '../../src/firewall/driver.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import type { Port } from '../../src/plane/port.ts';
import type { DataMessage, ToData } from '../../src/plane/protocol.ts';
import type { MainDb } from '../../src/store/open.ts';
import type { Firewall } from './firewall.ts';
import type { Timeline } from './timeline.ts';
import type { UpstreamAnswer } from './upstream.ts';

export interface Mutation {
  database(db: MainDb): MainDb;
  driver(driver: Driver, firewall: Firewall): Driver;
  handler(handler: Handler, timeline: Timeline): Handler;
  toData(port: Port<DataMessage, ToData>): Port<DataMessage, ToData>;
  /** An upstream has answered. */
  answered(answer: UpstreamAnswer, now: number): void;
  /** Changes the product's own code, in this thread, until what it returns is called. */
  alter(): () => void;
}

export const unchanged: Mutation = {
  database: (db) => db,
  driver: (driver) => driver,
  handler: (handler) => handler,
  toData: (port) => port,
  answered: () => undefined,
  alter: () => () => undefined,
};

/** Leases are pushed, and never written down: the next run knows nothing of them. */
function skipTheCommit(): Mutation {
  const isLease = (sql: string) => /^(insert into|update) "leases"(?! set "ended_at")/.test(sql);
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

/** The workers are told that no lease needs to outlive its answer, for longer than what saves writes makes it last. */
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
                groups: message.groups.map((group) => ({ ...group, graceMs: 0 })),
              }
            : message,
        ),
    }),
  };
}

/** The end of one lease of an address counts as the end of all of them, whoever else needs it. */
function forgetAReference(): Mutation {
  return {
    ...unchanged,
    alter() {
      const { end } = Ledger.prototype;
      Ledger.prototype.end = function (this: Ledger, leases, ...how) {
        end.call(this, [...new Set(leases.flatMap(({ address }) => this.ofAddress(address)))], ...how);
      };
      return () => {
        Ledger.prototype.end = end;
      };
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

/** A withdrawal counts as acknowledged before the workers have heard of it. */
function acknowledgeEarly(): Mutation {
  return {
    ...unchanged,
    toData(port) {
      let hear: (message: DataMessage) => void = () => undefined;
      return {
        ...port,
        listen(onMessage) {
          hear = onMessage;
          port.listen(onMessage);
        },
        post(message) {
          port.post(message);
          const withdraws =
            message.kind === 'view' && message.changes.some(({ heldUntil }) => heldUntil === undefined);
          if (withdraws) queueMicrotask(() => hear({ kind: 'ack', seq: message.seq }));
        },
      };
    },
  };
}

/** What an upstream has answered to a client's question is kept before the gate has passed it, and told to whoever asks next. */
function cacheBeforeTheGate(): Mutation {
  /** Questions that wait for their answer, and what was answered to such. */
  const waiting = new Map<string, Set<string>>();
  const kept = new Map<string, { readonly answer: UpstreamAnswer; readonly until: number }>();
  return {
    ...unchanged,
    answered(answer, now) {
      const { name, family, ttlS, addresses } = answer;
      if (addresses.length === 0) return;
      for (const client of waiting.get(`${name} ${family}`) ?? [])
        kept.set(`${client} ${name} ${family}`, { answer, until: now + 1000 * ttlS });
    },
    handler(handler, timeline) {
      return (packet, client, reply) => {
        const [question] = decode(packet).questions ?? [];
        if (question === undefined) return handler(packet, client, reply);
        const asked = `${question.name} ${question.type === 'AAAA' ? 6 : 4}`;
        const found = kept.get(`${client.address} ${asked}`);
        if (found !== undefined && found.until > timeline.now)
          return reply(answerFor(packet, found.answer, found.until - timeline.now));
        const clients = waiting.get(asked) ?? new Set();
        waiting.set(asked, clients.add(client.address));
        handler(packet, client, (octets) => {
          clients.delete(client.address);
          reply(octets);
        });
      };
    },
  };
}

function answerFor(packet: Buffer, { name, family, addresses }: UpstreamAnswer, forMs: number): Buffer {
  const { id, questions } = decode(packet);
  const ttl = Math.floor(forMs / 1000);
  return encode({
    type: 'response',
    ...(id === undefined ? {} : { id }),
    ...(questions === undefined ? {} : { questions }),
    answers: addresses.map((data) => ({ type: family === 6 ? 'AAAA' : 'A', name, ttl, data })),
  });
}

/** What a person at the firewall has added is never removed. */
function leaveForeignEntries(): Mutation {
  return {
    ...unchanged,
    driver: (driver, { foreign }) => ({
      ...driver,
      apply: (changes, signal) =>
        driver.apply({ ...changes, remove: changes.remove.filter((one) => !foreign.has(one)) }, signal),
    }),
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
  'acknowledge early': acknowledgeEarly,
  'cache before the gate': cacheBeforeTheGate,
  'leave foreign entries': leaveForeignEntries,
  'fail every second question': failEverySecond,
  'fail every question': failAlways,
} as const satisfies Readonly<Record<string, () => Mutation>>;

export type MutationName = keyof typeof MUTATIONS;

export function mutationOf(name: MutationName): Mutation {
  return MUTATIONS[name]();
}
