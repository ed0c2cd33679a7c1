/** The internet's names: they rotate, fail, keep silent and come late. */
import type { Clock } from '../../src/base/clock.ts';
import { type DomainName, formatDomainName, parseDomainName } from '../../src/base/domain-name.ts';
import { parseIpAddress } from '../../src/base/ip-address.ts';
import { remembering } from '../../src/base/remembering.ts';
import type { Upstreams } from '../../src/data/upstreams.ts';
import { timedOut } from '../../src/dns/upstream/upstream.ts';
import { RCODE, TYPE } from '../../src/dns/wire/constants.ts';
import { aaaaRecord, aRecord, cnameRecord, soaRecord } from '../../src/dns/wire/records.ts';
import type { ResourceRecord, Response } from '../../src/dns/wire/response.ts';
import type { Chance } from './chance.ts';
import type { Life } from './life.ts';
import type { Timeline } from './timeline.ts';
import { MINUTE, type NameDesign } from './world.ts';

const UPSTREAM = 'udp://192.0.2.53:53';

export type UpstreamTrouble = 'servfail' | 'refused' | 'silence';

export interface UpstreamAnswer {
  readonly name: string;
  readonly family: 4 | 6;
  readonly addresses: readonly string[];
  readonly ttlS: number;
  /** Asked to see whether the upstream answers, and for nothing else: it opens and renews nothing. */
  readonly isProbe: boolean;
}

export interface UpstreamWatcher {
  /** A name has left the house. */
  asked(name: string): void;
  answered(answer: UpstreamAnswer): void;
  /** It has said that there is no such name. */
  denied(name: string): void;
  failed(name: string, family: 4 | 6): void;
}

export interface Internet {
  /** Every name while it is set. */
  trouble: UpstreamTrouble | undefined;
  /** Share of the questions that nobody answers, besides. */
  lossShare: number;
  /** Milliseconds an answer may take at most. */
  slowestMs: number;
  /** Names that have ceased to exist. */
  readonly gone: Set<string>;
  /** The resolver as one run of the data plane has it. */
  upstreams(life: Life, clock: Clock): Upstreams;
}

export interface InternetParts {
  readonly timeline: Timeline;
  readonly chance: Chance;
  readonly names: ReadonlyMap<string, NameDesign>;
  readonly watcher: UpstreamWatcher;
}

/** Whoever asks for an answer that may be told gives an upstream longer. */
const PROBE_PATIENCE_MS = 5000;

/** Milliseconds an answer takes on an ordinary day. */
export const ORDINARY_ANSWER_MS = 40;

export function createInternet({ timeline, chance, names, watcher }: InternetParts): Internet {
  const addressesOf = createRotation(timeline, chance);

  const answerTo = (name: string, type: number, isProbe: boolean): Response => {
    const design = names.get(name);
    if (design === undefined || internet.gone.has(name)) {
      watcher.denied(name);
      return NO_SUCH_NAME;
    }
    const family = type === TYPE.A ? 4 : type === TYPE.AAAA ? 6 : undefined;
    const addresses = family === undefined ? [] : addressesOf(design, family);
    if (family !== undefined) watcher.answered({ name, family, addresses, ttlS: design.ttlS, isProbe });
    if (addresses.length === 0) return { ...EMPTY, authority: [SOA] };
    return { ...EMPTY, answers: recordsOf(design, addresses) };
  };

  const internet: Internet = {
    trouble: undefined,
    lossShare: 0,
    slowestMs: ORDINARY_ANSWER_MS,
    gone: new Set(),
    upstreams: (life, clock) => ({
      forName: () => ({
        resolve({ name, type }, deadlineMs) {
          const text = nameText(name);
          const family = type === TYPE.AAAA ? 6 : 4;
          if (life.alive) watcher.asked(text);
          const patienceMs = Math.max(0, deadlineMs - clock.now());
          const trouble = internet.trouble ?? (chance.happens(internet.lossShare) ? 'silence' : undefined);
          const takesMs = chance.between(1, internet.slowestMs);
          return new Promise((resolve, reject) => {
            const later = (ms: number, callback: () => void) =>
              timeline.after(ms, () => {
                if (life.alive) callback();
              });
            if (trouble === 'silence' || takesMs > patienceMs) {
              later(patienceMs, () => {
                watcher.failed(text, family);
                reject(timedOut(UPSTREAM));
              });
            } else if (trouble !== undefined) {
              later(takesMs, () => {
                watcher.failed(text, family);
                const rcode = trouble === 'servfail' ? RCODE.SERVFAIL : RCODE.REFUSED;
                resolve({ response: { ...EMPTY, rcode }, upstream: UPSTREAM });
              });
            } else {
              const isProbe = patienceMs <= PROBE_PATIENCE_MS;
              later(takesMs, () => resolve({ response: answerTo(text, type, isProbe), upstream: UPSTREAM }));
            }
          });
        },
      }),
      warnings: () => [],
      health: () => [{ id: UPSTREAM, state: internet.trouble === undefined ? 'up' : 'down' }],
      close: () => undefined,
    }),
  };
  return internet;
}

/** Which of its addresses a name has now. */
function createRotation(timeline: Timeline, chance: Chance) {
  const places = new Map<string, number>();
  return ({ name, pool, perAnswer, rotation }: NameDesign, family: 4 | 6): readonly string[] => {
    const all = pool[family];
    if (all.length === 0) return [];
    if (rotation === 'fixed') return all.slice(0, perAnswer);
    if (rotation === 'random') return chance.shuffled(all).slice(0, perAnswer);
    const key = `${name} ${family}`;
    const place = places.get(key) ?? 0;
    places.set(key, place + (rotation === 'overlapping' ? 1 : perAnswer));
    // Some move on with the time of day only.
    const from = perAnswer === 1 ? Math.floor(timeline.now / (20 * MINUTE)) : place;
    return Array.from({ length: perAnswer }, (_, i) => all[(from + i) % all.length]).filter(
      (address, i, some): address is string => address !== undefined && some.indexOf(address) === i,
    );
  };
}

/** A name is parsed for each question, and formatted once. */
const nameText = remembering((name: DomainName) => formatDomainName(name).replace(/\.$/, ''), 10_000);

function recordsOf(design: NameDesign, addresses: readonly string[]): ResourceRecord[] {
  const { aliases, record } = recordsUnder(design);
  return [...aliases, ...addresses.map(record)];
}

/** Made once: the same records are told again and again. */
const recordsUnder = remembering(({ name, ttlS, chain }: NameDesign) => {
  const owners = [name, ...chain].map((text) => parseDomainName(text));
  const aliases = owners.slice(1).flatMap((target, i) => {
    const owner = owners[i];
    return owner === undefined ? [] : [cnameRecord(owner, ttlS, target)];
  });
  const last = owners.at(-1) ?? parseDomainName(name);
  const record = remembering(
    (address: string) =>
      address.includes(':')
        ? aaaaRecord(last, ttlS, parseIpAddress(address))
        : aRecord(last, ttlS, parseIpAddress(address)),
    100,
  );
  return { aliases, record };
}, 1000);

const EMPTY: Response = {
  rcode: RCODE.NOERROR,
  authoritative: false,
  truncated: false,
  authenticData: false,
  edns: true,
  answers: [],
  authority: [],
};

const SOA = soaRecord(parseDomainName('example'), 60, {
  primary: parseDomainName('ns.example'),
  mailbox: parseDomainName('hostmaster.example'),
  serial: 1,
  refresh: 3600,
  retry: 600,
  expire: 86_400,
  minimum: 60,
});

const NO_SUCH_NAME: Response = { ...EMPTY, rcode: RCODE.NXDOMAIN, authority: [SOA] };
