/**
 * What the toy internet knows: names, and how each of them behaves.
 *
 *   question ──▶ silent? ──▶ nothing comes back
 *            ──▶ outcome? ──▶ that rcode
 *            ──▶ follow CNAMEs ──▶ addresses, k of n in turn ──▶ answer | NODATA | NXDOMAIN
 */
import type { Answer, RecordType, StringAnswer } from 'dns-packet';
import { z } from 'zod';

const nameSchema = z.strictObject({
  a: z.array(z.ipv4()).readonly().optional(),
  aaaa: z.array(z.ipv6()).readonly().optional(),
  cname: z.string().optional(),
  txt: z.array(z.string()).readonly().optional(),
  srv: z
    .array(z.strictObject({ priority: z.int(), weight: z.int(), port: z.int(), target: z.string() }))
    .readonly()
    .optional(),
  /** Seconds. */
  ttl: z.int().min(0).optional(),
  /** How many of the addresses one answer carries; each answer goes on where the last one stopped. */
  take: z.int().min(1).optional(),
  /** silent: no packet ever comes back. */
  outcome: z.enum(['servfail', 'refused', 'nxdomain', 'silent']).optional(),
  /** Milliseconds before the answer leaves. */
  delayMs: z.int().min(0).optional(),
});

/** Names without the final dot; '*.example.org' stands for everything below it that is not listed. */
export const zoneSchema = z.record(z.string(), nameSchema);
export type Zone = Readonly<Record<string, Readonly<z.infer<typeof nameSchema>>>>;

export interface Reply {
  readonly rcode: 'NOERROR' | 'SERVFAIL' | 'NXDOMAIN' | 'REFUSED';
  readonly answers: readonly Answer[];
  /** The SOA that lets a resolver keep a negative answer (RFC 2308 section 5). */
  readonly authorities: readonly Answer[];
  readonly delayMs: number;
}

export interface ZoneBook {
  /** undefined: the name is silent. */
  answer(qname: string, qtype: RecordType): Reply | undefined;
  /** Adds or replaces names. */
  patch(entries: Zone): void;
}

export function createZoneBook(initial: Zone): ZoneBook {
  const names = new Map<string, Zone[string]>();
  const turns = new Map<string, number>();
  const patch = (entries: Zone) => {
    for (const [name, entry] of Object.entries(entries)) names.set(name.toLowerCase(), entry);
  };
  patch(initial);

  /** The entry for a name: its own, an empty one when only names below it exist, else the nearest wildcard's. */
  const find = (name: string): Zone[string] | undefined => {
    const own = names.get(name);
    if (own !== undefined) return own;
    for (const other of names.keys()) if (other.endsWith(`.${name}`)) return {};
    for (let at = name.indexOf('.'); at >= 0; at = name.indexOf('.', at + 1)) {
      const wildcard = names.get(`*${name.slice(at)}`);
      if (wildcard !== undefined) return wildcard;
    }
    return undefined;
  };

  const takeTurn = (key: string, all: readonly string[], count: number): readonly string[] => {
    if (count >= all.length) return all;
    const start = turns.get(key) ?? 0;
    turns.set(key, (start + count) % all.length);
    return [...all, ...all].slice(start, start + count);
  };

  const records = (name: string, entry: Zone[string], qtype: RecordType): readonly Answer[] => {
    const ttl = entry.ttl ?? DEFAULT_TTL_SECONDS;
    if (qtype === 'A' || qtype === 'AAAA') {
      const all = (qtype === 'A' ? entry.a : entry.aaaa) ?? [];
      return takeTurn(`${name.toLowerCase()} ${qtype}`, all, entry.take ?? all.length).map(
        (data): StringAnswer => ({ type: qtype, name, ttl, data }),
      );
    }
    if (qtype === 'TXT') return (entry.txt ?? []).map((data): Answer => ({ type: 'TXT', name, ttl, data }));
    if (qtype === 'SRV') return (entry.srv ?? []).map((data): Answer => ({ type: 'SRV', name, ttl, data }));
    return [];
  };

  return {
    patch,
    answer(qname, qtype) {
      const answers: Answer[] = [];
      let delayMs = 0;
      const end = (rcode: Reply['rcode']): Reply => ({
        rcode,
        answers: rcode === 'SERVFAIL' || rcode === 'REFUSED' ? [] : answers,
        authorities:
          rcode === 'NXDOMAIN' || (rcode === 'NOERROR' && !answers.some((a) => a.type === qtype))
            ? [startOfAuthority(qname)]
            : [],
        delayMs,
      });

      let name = qname;
      for (let links = 0; links <= MAX_CHAIN; links++) {
        const entry = find(name.toLowerCase());
        if (entry === undefined) return end('NXDOMAIN');
        delayMs += entry.delayMs ?? 0;
        if (entry.outcome === 'silent') return undefined;
        if (entry.outcome !== undefined) return end(RCODES[entry.outcome]);
        if (entry.cname === undefined || qtype === 'CNAME') {
          if (entry.cname !== undefined) answers.push(cname(name, entry.cname, entry.ttl));
          else answers.push(...records(name, entry, qtype));
          return end('NOERROR');
        }
        answers.push(cname(name, entry.cname, entry.ttl));
        name = entry.cname;
      }
      return end('SERVFAIL');
    },
  };
}

const DEFAULT_TTL_SECONDS = 60;
/** Links of a CNAME chain before the toy says SERVFAIL, as a resolver does that met a loop. */
const MAX_CHAIN = 16;
/** Seconds a negative answer may be kept: short, so that a test that adds a name sees it soon. */
const NEGATIVE_TTL_SECONDS = 5;
const RCODES = { servfail: 'SERVFAIL', refused: 'REFUSED', nxdomain: 'NXDOMAIN' } as const;

function cname(name: string, target: string, ttl = DEFAULT_TTL_SECONDS): Answer {
  return { type: 'CNAME', name, ttl, data: target };
}

function startOfAuthority(qname: string): Answer {
  return {
    type: 'SOA',
    name: qname.split('.').slice(-2).join('.'),
    ttl: NEGATIVE_TTL_SECONDS,
    data: {
      mname: 'ns.toy-internet.example.net',
      rname: 'hostmaster.toy-internet.example.net',
      serial: 1,
      refresh: 3600,
      retry: 600,
      expire: 86_400,
      minimum: NEGATIVE_TTL_SECONDS,
    },
  };
}
