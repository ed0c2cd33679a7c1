/** The resolvers people have, each as a program that looks up one name several times and says what came of it. */
import { fileURLToPath } from 'node:url';
import type { Case, Ending } from './cases.ts';
import { readDig } from './dig-output.ts';
import { type Ended, muslProgram, type Room } from './room.ts';

/** One look-up, in the client's own words. */
export interface LookUp {
  readonly ms: number;
  readonly said: string;
  readonly addresses: readonly string[];
}

export interface Client {
  readonly name: string;
  /** How it says each ending. */
  readonly words: Readonly<Record<Ending, string>>;
  /** What its milliseconds are. */
  readonly timed: string;
  readonly types: readonly NonNullable<Case['type']>[];
  /** It never asks for AAAA. */
  readonly ipv4Only?: boolean;
  /** It tells one address, the one it connected to. */
  readonly tellsOne?: boolean;
  /** 512 octets, no TCP, and SERVFAIL is asked again until its own time is up. */
  readonly isMusl?: boolean;
  /** Milliseconds after which it gives up by itself, where its words do not tell that from a failure it was told. */
  readonly givesUpMs?: number;
  lookUp(room: Room, asked: Case, times: number): Promise<readonly LookUp[]>;
  /** A command that prints its version. */
  readonly version: readonly string[];
}

const SCRIPT = (name: string) => fileURLToPath(new URL(name, import.meta.url));

const DIG_WORDS = { found: 'NOERROR', 'no such name': 'NXDOMAIN', 'no data': 'NODATA', failed: 'SERVFAIL' };
const EAI_WORDS = {
  found: 'found',
  'no such name': 'EAI_NONAME',
  'no data': 'EAI_NODATA',
  failed: 'EAI_AGAIN',
};

/** Two tries of 5 s (resolv.conf(5): attempts, timeout). */
const GLIBC_GIVES_UP_MS = 10_000;

export const CLIENTS: readonly Client[] = [
  {
    name: 'dig',
    words: DIG_WORDS,
    timed: 'its own Query time, of A or AAAA, whichever is longer',
    types: ['TXT', 'SRV', 'HTTPS'],
    lookUp: digLike(['dig', '-u']),
    version: ['dig', '-v'],
  },
  {
    name: 'kdig',
    words: DIG_WORDS,
    timed: 'its own time, of A or AAAA, whichever is longer',
    types: ['TXT', 'SRV', 'HTTPS'],
    lookUp: digLike(['kdig']),
    version: ['kdig', '-V'],
  },
  {
    name: 'getent ahosts',
    words: getentWords(),
    timed: 'start and end of the process included',
    types: [],
    givesUpMs: GLIBC_GIVES_UP_MS,
    lookUp: getent('ahosts'),
    version: ['getent', '--version'],
  },
  {
    name: 'getent ahostsv4',
    words: getentWords(),
    timed: 'start and end of the process included',
    types: [],
    ipv4Only: true,
    givesUpMs: GLIBC_GIVES_UP_MS,
    lookUp: getent('ahostsv4'),
    version: ['getent', '--version'],
  },
  {
    name: 'musl',
    // One word for both kinds of nothing, up to 1.2.3.
    words: { ...EAI_WORDS, 'no data': 'EAI_NONAME' },
    timed: 'getaddrinfo, timed by the program',
    types: [],
    isMusl: true,
    lookUp: (room, asked, times) =>
      selfTimed(room, asked, [muslProgram(room.directory), String(times), asked.name('musl')]),
    version: ['dpkg-query', '--show', 'musl-tools'],
  },
  {
    name: 'Node lookup',
    words: { found: 'found', 'no such name': 'ENOTFOUND', 'no data': 'ENOTFOUND', failed: 'EAI_AGAIN' },
    timed: 'dns.lookup, timed by the program',
    types: [],
    givesUpMs: GLIBC_GIVES_UP_MS,
    lookUp: (room, asked, times) =>
      selfTimed(room, asked, [...NODE, 'lookup', String(times), asked.name('node lookup')]),
    version: [process.execPath, '--version'],
  },
  {
    name: 'Node c-ares',
    words: { found: 'found', 'no such name': 'ENOTFOUND', 'no data': 'ENODATA', failed: 'ESERVFAIL' },
    timed: 'both types at once, timed by the program',
    types: ['TXT', 'SRV'],
    lookUp: (room, asked, times) => {
      const types = asked.type === undefined ? ['A', 'AAAA'] : [asked.type];
      return selfTimed(room, asked, [...NODE, 'cares', String(times), asked.name('node cares'), ...types]);
    },
    version: [process.execPath, '-p', 'process.versions.ares'],
  },
  {
    name: 'Python',
    words: EAI_WORDS,
    timed: 'socket.getaddrinfo, timed by the program',
    types: [],
    givesUpMs: GLIBC_GIVES_UP_MS,
    lookUp: (room, asked, times) =>
      selfTimed(room, asked, ['python3', SCRIPT('resolve.py'), String(times), asked.name('python')]),
    version: ['python3', '--version'],
  },
  {
    name: 'curl',
    words: { found: 'found', 'no such name': 'exit 6', 'no data': 'exit 6', failed: 'exit 6' },
    timed: 'its own time_namelookup; where it found nothing, start and end of the process included',
    types: [],
    tellsOne: true,
    givesUpMs: GLIBC_GIVES_UP_MS,
    lookUp: (room, asked, times) =>
      selfTimed(room, asked, ['bash', SCRIPT('resolve-curl.sh'), String(times), asked.name('curl')]),
    version: ['curl', '--version'],
  },
];

const NODE = [process.execPath, SCRIPT('resolve-node.ts')];

function getentWords(): Client['words'] {
  return { found: 'found', 'no such name': 'exit 2', 'no data': 'exit 2', failed: 'exit 2' };
}

function digLike(program: readonly string[]): Client['lookUp'] {
  return repeated(async (room, asked) => {
    const name = asked.name(program[0] ?? '');
    const types = asked.type === undefined ? ['A', 'AAAA'] : [asked.type];
    const questions = types.flatMap((type) => [name, type]);
    const replies = readDig((await room.run(asked.host, [...program, ...questions])).stdout);
    if (replies.length !== types.length) return { ms: Number.NaN, said: 'no answer', addresses: [] };
    const addresses = replies.flatMap((reply) => reply.addresses);
    return {
      ms: Math.max(...replies.map((reply) => reply.ms)),
      said: addresses.length > 0 ? 'NOERROR' : (replies[0]?.said ?? 'no answer'),
      addresses,
    };
  });
}

function getent(database: 'ahosts' | 'ahostsv4'): Client['lookUp'] {
  return (room, asked, times) => {
    const command = ['bash', SCRIPT('resolve-getent.sh'), database, String(times), asked.name(database)];
    return selfTimed(room, asked, command);
  };
}

function repeated(once: (room: Room, asked: Case) => Promise<LookUp>): Client['lookUp'] {
  return async (room, asked, times) => {
    const done: LookUp[] = [];
    while (done.length < times) done.push(await once(room, asked));
    return done;
  };
}

async function selfTimed(room: Room, asked: Case, command: readonly string[]): Promise<readonly LookUp[]> {
  const ended = await room.run(asked.host, command);
  if (ended.exitCode !== 0) throw new Error(`${command.join(' ')} ended ${describe(ended)}`);
  return ended.stdout
    .trim()
    .split('\n')
    .map((line): LookUp => JSON.parse(line));
}

function describe({ exitCode, stderr }: Ended): string {
  return `with exit code ${exitCode}:\n${stderr}`;
}
