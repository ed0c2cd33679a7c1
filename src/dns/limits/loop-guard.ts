/**
 * An upstream that forwards to us would ask us what we ask it, and nobody would ever answer.
 *
 *   a question that we have asked arrives from an upstream, or from a stranger   ─▶ suspicious: it may be chance
 *   so we ask for a name that nobody else can know, below the same one           ─▶ it arrives too: a loop, and from where
 *   from then on, what comes from there and is under way is answered at once
 */
import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../base/clock.ts';
import { type DomainName, MAX_NAME_OCTETS, parentOf } from '../../base/domain-name.ts';
import type { IpAddress } from '../../base/ip-address.ts';
import type { UpstreamPort } from '../stages/ask-upstream.ts';
import { CLASS, TYPE } from '../wire/constants.ts';

export interface Loop {
  /** From where our own question came back. */
  readonly client: IpAddress;
  /** The upstream that has this address, as it is configured; undefined: it came back by way of another host. */
  readonly upstream: string | undefined;
  readonly lastAt: number;
}

export interface LoopGuard {
  /** True when the question is one of our own, come back to us. `known`: the client belongs to a group. */
  isOurs(question: Question, client: IpAddress, known: boolean): boolean;
  /** The same upstream, with its questions watched while they are under way. */
  watch(upstream: UpstreamPort | undefined): UpstreamPort | undefined;
  report(): readonly Loop[];
}

export interface LoopGuardOptions {
  readonly clock: Clock;
  /** Address of each upstream, with how it is configured. */
  readonly upstreams: ReadonlyMap<IpAddress, string>;
  /** Told once for each way our questions come back. */
  readonly onLoop: (loop: Loop) => void;
}

interface Question {
  readonly name: DomainName;
  readonly type: number;
}

export function createLoopGuard({ clock, upstreams, onLoop }: LoopGuardOptions): LoopGuard {
  const underway = new Map<string, { readonly upstream: UpstreamPort; count: number }>();
  const tokens = new LRUCache<DomainName, true>({ max: MAX_TOKENS });
  const testedAt = new LRUCache<IpAddress, number>({ max: MAX_SUSPECTS });
  const loops = new Map<IpAddress, Loop>();
  let lastTestAt = Number.NEGATIVE_INFINITY;

  const found = (client: IpAddress): void => {
    const loop = { client, upstream: upstreams.get(client), lastAt: clock.now() };
    const isNews = !isLooping(client);
    if (loops.size >= MAX_SUSPECTS && !loops.has(client)) return;
    loops.set(client, loop);
    if (isNews) onLoop(loop);
  };
  const isLooping = (client: IpAddress): boolean =>
    clock.now() - (loops.get(client)?.lastAt ?? Number.NEGATIVE_INFINITY) < REMEMBERED_MS;

  const test = (name: DomainName, client: IpAddress, upstream: UpstreamPort): void => {
    const now = clock.now();
    if (now - (testedAt.get(client) ?? Number.NEGATIVE_INFINITY) < TEST_EVERY_MS) return;
    if (now - lastTestAt < TEST_GAP_MS) return;
    lastTestAt = now;
    testedAt.set(client, now);
    const token = tokenBelow(name);
    tokens.set(token, true);
    const question = { name: token, type: TYPE.A, class: CLASS.IN, dnssecOk: false, checkingDisabled: false };
    // Whatever is answered proves nothing, and a failure neither: what counts is whether the name arrives here.
    upstream.resolve(question, now + TEST_LIMIT_MS).catch(() => undefined);
  };

  return {
    isOurs(question, client, known) {
      if (underway.size === 0 && tokens.size === 0) return false; // a flood of refused names costs nothing here
      if (tokens.has(question.name)) {
        found(client);
        return true;
      }
      const same = underway.get(keyOf(question));
      if (same === undefined) return false;
      if (isLooping(client)) {
        found(client);
        return true;
      }
      if (upstreams.has(client) || !known) test(question.name, client, same.upstream);
      return false;
    },
    watch: (upstream) =>
      upstream && {
        async resolve(question, deadlineMs) {
          const key = keyOf(question);
          const entry = underway.get(key) ?? { upstream, count: 0 };
          underway.set(key, entry);
          entry.count++;
          try {
            return await upstream.resolve(question, deadlineMs);
          } finally {
            entry.count--;
            if (entry.count === 0) underway.delete(key);
          }
        },
      },
    report() {
      for (const { client } of loops.values()) if (!isLooping(client)) loops.delete(client);
      return [...loops.values()];
    },
  };
}

/** Milliseconds that a loop is remembered after a question came back for the last time. */
const REMEMBERED_MS = 10 * 60_000;
/** Milliseconds between two tests of one suspect: chance must not turn into traffic. */
const TEST_EVERY_MS = 10 * 60_000;
/** Milliseconds in which the name we made up arrives, if it does. */
const TEST_LIMIT_MS = 5000;
/** Milliseconds between two tests of anybody: addresses of strangers are easily made up. */
const TEST_GAP_MS = 5000;
/** Made-up names that are recognised: one in five seconds at most is asked. */
const MAX_TOKENS = 64;
/** Addresses that questions may come back from; a home has one or two. */
const MAX_SUSPECTS = 64;
/** Octets of chance in a made-up name: nobody guesses 96 bits. */
const TOKEN_OCTETS = 12;

function keyOf({ name, type }: Question): string {
  return `${type} ${name}`;
}

/** Below the suspicious name, because forwarders choose the way by the name; no deeper than a name may be. */
function tokenBelow(name: DomainName): DomainName {
  const label = `sallyport-${randomBytes(TOKEN_OCTETS).toString('hex')}`;
  const front = String.fromCharCode(label.length) + label;
  let below: DomainName | undefined = name;
  while (below !== undefined && front.length + below.length > MAX_NAME_OCTETS) below = parentOf(below);
  return `${front}${below ?? '\0'}` as DomainName;
}
