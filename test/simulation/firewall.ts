/** A firewall and its driver: its reads tell the truth of their moment, everything else about it may go wrong. */
import { TransientDriverError } from '../../src/base/errors.ts';
import type { IpAddress } from '../../src/base/ip-address.ts';
import type { Addition, AliasChanges, Driver, Entries, Entry } from '../../src/firewall/driver.ts';
import type { Chance } from './chance.ts';
import type { Life } from './life.ts';
import type { Timeline } from './timeline.ts';
import { type FirewallDesign, MINUTE, SECOND } from './world.ts';

/** What goes wrong with a firewall's calls, for now; shares of 0 to 1. */
export interface Mood {
  unreachable: boolean;
  slowestMs: number;
  /** Not applied, and the call fails. */
  refused: number;
  /** Applied, but the call fails. */
  lost: number;
  /** Not applied, but the call says it is. */
  lying: number;
  /** A part is applied; the call may fail or not. */
  partial: number;
  /** The call fails, and is applied some seconds later. */
  late: number;
  /** Applied twice. */
  doubled: number;
  unreadable: number;
}

export interface TableEntry {
  /** Infinity where entries stay. */
  readonly endsAt: number;
  readonly packets: number;
}

/** asked: a living control plane wanted it so. ended: its own time-out. own: whatever else happens to a table. */
export type Removal = 'asked' | 'ended' | 'own';

export interface FirewallWatcher {
  removed(firewall: Firewall, address: string, how: Removal): void;
  added(firewall: Firewall, address: string): void;
  /** It was asked to change something, whatever comes of it. */
  wrote(firewall: Firewall): void;
  /** A read made at this time has come back to a living control plane. */
  shown(firewall: Firewall, madeAt: number): void;
  happened(fault: string): void;
}

export interface Firewall {
  readonly design: FirewallDesign;
  readonly table: ReadonlyMap<string, TableEntry>;
  readonly mood: Mood;
  /** Addresses that a person at the firewall has added. */
  readonly foreign: ReadonlySet<string>;
  /** Its driver as one run of the control plane has it. */
  driver(life: Life): Driver;
  reboot(downMs: number): void;
  personAdds(address: string): void;
  personRemoves(address: string): void;
  /** It holds these and nothing else, whoever wrote them. */
  replicate(addresses: Iterable<string>): void;
  /** A client and the address have exchanged packets. */
  passed(address: string): void;
}

export const CALM = {
  unreachable: false,
  refused: 0,
  lost: 0,
  lying: 0,
  partial: 0,
  late: 0,
  doubled: 0,
  unreadable: 0,
} as const;

/** Milliseconds of one way of a call on an ordinary day. */
const ORDINARY_MS = { timed: 4, plain: 60, dear: 1500 } as const;
/** Milliseconds until a driver gives up on a firewall that does not answer. */
const SILENCE_MS = 5 * SECOND;

export const calmMood = ({ kind }: FirewallDesign): Mood => ({ ...CALM, slowestMs: ORDINARY_MS[kind] });

interface Parts {
  readonly timeline: Timeline;
  readonly chance: Chance;
  readonly watcher: FirewallWatcher;
}

export function createFirewall(design: FirewallDesign, { timeline, chance, watcher }: Parts): Firewall {
  const table = new Map<string, TableEntry>();
  const foreign = new Set<string>();
  const mood = calmMood(design);
  const expires = design.kind === 'timed';

  /** Addresses whose end is waited for, and until when. */
  const ending = new Map<string, number>();
  /** What a read shows while nothing changes; undefined: it has to be put together. */
  let shown: Entries | undefined;

  const put = (address: string, forMs: number) => {
    const before = table.get(address);
    const endsAt = expires ? timeline.now + forMs : Number.POSITIVE_INFINITY;
    table.set(address, { endsAt, packets: before?.packets ?? 0 });
    shown = undefined;
    if (endsAt < (ending.get(address) ?? Number.POSITIVE_INFINITY)) expireAt(endsAt, address);
    if (before === undefined) watcher.added(firewall, address);
  };
  /** It may have been renewed until then. */
  const expireAt = (time: number, address: string) => {
    ending.set(address, time);
    timeline.after(time - timeline.now, () => {
      // An earlier end was waited for since.
      if (ending.get(address) !== time) return;
      ending.delete(address);
      const entry = table.get(address);
      if (entry === undefined) return;
      if (entry.endsAt <= timeline.now) take(address, 'ended');
      else expireAt(entry.endsAt, address);
    });
  };
  const take = (address: string, how: Removal) => {
    if (!table.delete(address)) return;
    shown = undefined;
    watcher.removed(firewall, address, how);
    foreign.delete(address);
  };
  const change = ({ add, renew, remove }: AliasChanges, how: Removal) => {
    for (const { address, forMs } of [...add, ...renew]) put(address, forMs);
    for (const address of remove) take(address, how);
  };
  const entries = (): Entries => {
    if (shown !== undefined) return shown;
    const { now } = timeline;
    const seen = new Map<IpAddress, Entry>();
    for (const [address, { endsAt, packets }] of table) {
      if (endsAt <= now) continue;
      seen.set(address as IpAddress, expires ? { expiresInMs: endsAt - now, packets } : { packets });
    }
    if (!expires) shown = seen;
    return seen;
  };

  const noAnswer = () =>
    new TransientDriverError(`The firewall did not answer: ${design.name} after ${SILENCE_MS} ms`);

  /** There and back; `effect` happens at the firewall even when whoever asked is gone by then. */
  const call = <T>(life: Life, signal: AbortSignal, effect: (how: Removal) => T): Promise<T> =>
    new Promise((resolve, reject) => {
      const answer = (ms: number, settle: () => void) =>
        timeline.after(ms, () => {
          if (life.alive) settle();
        });
      signal.addEventListener('abort', () => life.alive && reject(signal.reason), { once: true });
      if (mood.unreachable) {
        answer(SILENCE_MS, () => reject(noAnswer()));
        return;
      }
      const oneWayMs = () => chance.between(1, mood.slowestMs);
      timeline.after(oneWayMs(), () => {
        if (mood.unreachable) return answer(SILENCE_MS, () => reject(noAnswer()));
        try {
          const result = effect(life.alive ? 'asked' : 'own');
          return answer(oneWayMs(), () => resolve(result));
        } catch (error) {
          return answer(oneWayMs(), () => reject(error));
        }
      });
    });

  const part = (changes: AliasChanges): AliasChanges => {
    const some = <T>(things: readonly T[]) => things.filter(() => chance.happens(0.5));
    return { add: some(changes.add), renew: some(changes.renew), remove: some(changes.remove) };
  };

  const write = (changes: AliasChanges, how: Removal): void => {
    if (chance.happens(mood.refused)) {
      watcher.happened('call refused');
      throw noAnswer();
    }
    if (chance.happens(mood.late)) {
      watcher.happened('applied late');
      timeline.after(chance.between(500, 20 * SECOND), () => change(changes, 'own'));
      throw noAnswer();
    }
    if (chance.happens(mood.lying)) {
      watcher.happened('lie');
      return;
    }
    if (chance.happens(mood.partial)) {
      watcher.happened('applied in part');
      change(part(changes), how);
      if (chance.happens(0.5)) throw noAnswer();
      return;
    }
    change(changes, how);
    if (chance.happens(mood.doubled)) {
      watcher.happened('applied twice');
      change(changes, how);
    }
    if (chance.happens(mood.lost)) {
      watcher.happened('acknowledgement lost');
      throw noAnswer();
    }
  };

  const read = async (life: Life, signal: AbortSignal): Promise<Entries> => {
    const [madeAt, seen] = await call(life, signal, () => {
      if (chance.happens(mood.unreadable)) {
        watcher.happened('read failed');
        throw noAnswer();
      }
      return [timeline.now, entries()] as const;
    });
    watcher.shown(firewall, madeAt);
    return seen;
  };

  const open = (life: Life) => async (additions: readonly Addition[], signal: AbortSignal) => {
    const isNew = await call(life, signal, (how) => {
      if (additions.some(({ address }) => table.has(address))) return false;
      // The kernel answers for what it has committed: this one never lies, and does all or nothing.
      if (chance.happens(mood.refused)) throw noAnswer();
      change({ add: additions, renew: [], remove: [] }, how);
      if (chance.happens(mood.lost)) throw noAnswer();
      return true;
    });
    if (isNew) return new Map(additions.map(({ address, forMs }) => [address, { expiresInMs: forMs }]));
    await call(life, signal, (how) => write({ add: additions, renew: [], remove: [] }, how));
    const asked = new Set<string>(additions.map(({ address }) => address));
    return new Map([...(await read(life, signal))].filter(([address]) => asked.has(address)));
  };

  const firewall: Firewall = {
    design,
    table,
    mood,
    foreign,
    driver: (life) => ({
      capabilities: {
        confirms: 'table',
        enforces: true,
        expires,
        counters: true,
        typicalLatencyMs: 2 * ORDINARY_MS[design.kind],
        ...(design.kind === 'dear' ? { writeBudget: { burst: 5, refillMs: MINUTE } } : {}),
      },
      read: (signal) => read(life, signal),
      apply(changes, signal) {
        watcher.wrote(firewall);
        return call(life, signal, (how) => write(changes, how));
      },
      ...(expires ? { open: open(life) } : {}),
      examine: async () => [{ check: 'rule-uses-alias', result: 'ok', detail: 'a rule uses it' }],
      close: async () => undefined,
    }),
    reboot(downMs) {
      mood.unreachable = true;
      timeline.after(downMs, () => {
        mood.unreachable = false;
      });
      // Where the alias is a part of the configuration, it is there again.
      if (design.kind !== 'dear') for (const address of [...table.keys()]) take(address, 'own');
    },
    personAdds(address) {
      foreign.add(address);
      if (!table.has(address)) put(address, 60 * MINUTE);
    },
    personRemoves: (address) => take(address, 'own'),
    replicate(addresses) {
      const wanted = new Set(addresses);
      for (const address of wanted) if (!table.has(address)) put(address, Number.POSITIVE_INFINITY);
      for (const address of [...table.keys()]) if (!wanted.has(address)) take(address, 'own');
    },
    passed(address) {
      const entry = table.get(address);
      if (entry === undefined) return;
      table.set(address, { ...entry, packets: entry.packets + 1 });
      shown = undefined;
    },
  };
  return firewall;
}
