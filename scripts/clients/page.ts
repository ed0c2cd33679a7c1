import type { Case } from './cases.ts';
import type { Client } from './clients.ts';
import type { Measured } from './measure.ts';

export interface Cell {
  readonly client: Client;
  readonly asked: Case;
  /** Undefined where the client cannot ask that. */
  readonly measured: Measured | undefined;
}

export interface About {
  readonly day: string;
  readonly machine: string;
  /** What each client says of itself, by its name. */
  readonly versions: ReadonlyMap<string, string>;
}

/** docs/clients.md as a whole: it is written by `npm run clients`, never by hand. */
export function clientsPage(cells: readonly Cell[], { day, machine, versions }: About): string {
  const clients = [...new Set(cells.map((cell) => cell.client))];
  const cases = [...new Set(cells.map((cell) => cell.asked))];
  const cellOf = (client: Client, asked: Case) =>
    textOf(cells.find((cell) => cell.client === client && cell.asked === asked)?.measured);
  const table = cases.map((asked) => row([asked.title, ...clients.map((client) => cellOf(client, asked))]));
  const about = clients.map(({ name, timed }) => row([name, versions.get(name) ?? 'unknown', timed]));
  return `# Real clients, and how long a look-up takes them

Written by \`npm run clients\` on ${day}. Run it again to replace this page; the same look-ups are tests (\`npm run test:clients\`).

Each client asks the product as a process of its own, in a network of its own, which it finds in \`/etc/resolv.conf\`. The
upstream is a toy internet beside it. A cell is what the client said, how many addresses it had, and the median of five
look-ups in milliseconds, behind one that is not counted; names never asked before and failures are looked up once.

${row(['asked for', ...clients.map((client) => client.name)])}
${row(['---', ...clients.map(() => '---')])}
${table.join('\n')}

A dash: the client cannot ask that. Promised are less than 50 ms for a refusal and less than 20 ms for a name that was asked
before; the tests hold every client to it.

| client | version | its milliseconds are |
|---|---|---|
${about.join('\n')}

## What we learnt of them

- **musl** (Plex brings 1.2.2 along) reads 512 octets, has no EDNS and no TCP: of 30 or 90 addresses it gets the ${MUSL_FITS} that fit,
  and of a chain that does not fit the addresses alone. It asks A and AAAA at once and gives up on both when one is NXDOMAIN, so a
  type that is refused, or \`ipv6: false\`, is answered "no data", never "no such name".
- **musl on SERVFAIL** asks again at once, four times, and then sits out its own time-out: 5 s, whatever a server says short of
  a lie. \`options timeout:1 attempts:1\` in resolv.conf makes that 1 s. It does so for names whose upstream fails and
  for nothing else: refusals are NXDOMAIN for this reason (on REFUSED it would sit them out just the same).
- **glibc** (getent, curl, Python, \`dns.lookup\`) asks without EDNS, and comes again over TCP when told that an answer is cut, so
  large answers cost one more round trip. On SERVFAIL it tries once more; where the upstream is silent that is a
  second wait of 4.5 s, each of them answered before its own 5 s.
- **c-ares** asks without EDNS, too, and has the shortest patience: measured on a silent server, its four tries last some 3, 4, 5 and 9 s.
  It tells "no data" (ENODATA) and "no such name" (ENOTFOUND) apart; \`dns.lookup\` calls both ENOTFOUND, musl up to 1.2.3 calls both EAI_NONAME, getent both exit 2.
- **dig** sends EDNS with a cookie and offers 1232 octets; **kdig** sends no EDNS unless told to. Both come again over TCP.
- **curl** connects to one address, and the table counts that one.

Machine: ${machine}.
`;
}

const MUSL_FITS = 29;

function textOf(measured: Measured | undefined): string {
  if (measured === undefined) return '–';
  const { said, addresses, medianMs } = measured;
  const count = addresses.length === 0 ? '' : ` (${addresses.length})`;
  return `${said}${count} ${medianMs < 100 ? medianMs.toFixed(1) : medianMs.toFixed(0)}`;
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
