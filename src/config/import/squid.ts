/** Squid: files for `acl ... dstdomain`, and the access log in its native format. */
import { isIP } from 'node:net';
import { createCollector, type Imported, linesOf } from './entry.ts';

/** One name a line, or lines of squid.conf. A leading dot means the same in Squid as it does here. */
export function importSquidDomains(text: string): Imported {
  const found = createCollector();
  const lines = [...linesOf(text)].map(([line, written]) => readLine(line, written));
  const isSettings = lines.some(({ words }) => words[0] === 'acl');
  const denied = onlyDenied(lines);
  for (const { line, written, words, note } of lines) {
    if (isSettings && words[0] === 'http_access') continue;
    if (isSettings && words[0] !== 'acl' && words.length > 1) {
      found.skip(line, written, 'a directive of squid.conf that lists no names');
      continue;
    }
    const names = words[0] === 'acl' ? namesOfAcl(words) : words;
    if (names === undefined) {
      found.skip(line, written, `${words[2] ?? 'this acl'} is no list of names`);
      continue;
    }
    if (words[0] === 'acl' && denied.has(words[1] ?? '')) {
      found.skip(line, written, 'http_access denies it');
      continue;
    }
    for (const name of names) {
      if (name.startsWith('"')) found.skip(line, name, 'a file of its own; import that');
      else if (isIP(name) !== 0) found.skip(line, name, 'an address; open it with `sallyport addresses add`');
      else found.add(line, 'allow', name, note);
    }
  }
  return found.result('squid-dstdomain');
}

/** Each name that was let through, with how often; time elapsed client code/status bytes method URL ... */
export function importSquidLog(text: string): Imported {
  const found = createCollector();
  const names = new Map<string, Seen>();
  for (const [line, written] of linesOf(text)) {
    if (written === '') continue;
    const [, code = '', method = '', url = ''] = LOG_LINE.exec(written) ?? [];
    const host = hostOf(method, url);
    if (host === undefined) found.skip(line, written, 'not a line of an access log with a host in it');
    else if (isIP(host.replace(/^\[|\]$/g, '')) !== 0) found.skip(line, host, 'an address, and no name');
    else if (names.size >= MAX_COUNTED && !names.has(host))
      found.skip(line, host, `more than ${MAX_COUNTED} names`);
    else count(names, host, line, code.includes('DENIED'));
  }
  for (const [host, { line, passed, denied }] of [...names].sort(([, a], [, b]) => b.passed - a.passed)) {
    if (passed === 0) found.skip(line, host, `Squid denied it each time (${denied})`);
    else found.add(line, 'allow', host, `asked through Squid ${passed === 1 ? 'once' : `${passed} times`}`);
  }
  return found.result('squid-log');
}

interface Seen {
  readonly line: number;
  passed: number;
  denied: number;
}

/** Different names that are counted; a log of years has some thousand. */
const MAX_COUNTED = 100_000;

const LOG_LINE = /^\d+\.\d+\s+-?\d+\s+\S+\s+(\w+)\/\d+\s+\d+\s+(\S+)\s+(\S+)/;

interface Line {
  readonly line: number;
  readonly written: string;
  readonly words: readonly string[];
  readonly note: string;
}

function readLine(line: number, written: string): Line {
  const [, content = '', note = ''] = /^([^#]*)(?:#+\s*(.*))?/.exec(written) ?? [];
  return { line, written, words: content.split(/\s+/).filter((word) => word !== ''), note };
}

/** Acls by which access is denied and never allowed: lists of what should not be reached. */
function onlyDenied(lines: readonly Line[]): ReadonlySet<string> {
  const access = lines.map(({ words }) => words).filter(([directive]) => directive === 'http_access');
  const named = (verb: string) =>
    new Set(access.filter((words) => words[1] === verb).flatMap((words) => words.slice(2)));
  return named('deny').difference(named('allow'));
}

/** `acl NAME dstdomain [-n] .a .b`; undefined for an acl of another kind. */
function namesOfAcl(words: readonly string[]): readonly string[] | undefined {
  return words[2] === 'dstdomain' ? words.slice(3).filter((word) => !/^-[in]+$/.test(word)) : undefined;
}

function hostOf(method: string, url: string): string | undefined {
  const host = method === 'CONNECT' ? /^(\[[^\]]+\]|[^:/]+):\d+$/.exec(url)?.[1] : undefined;
  if (host !== undefined) return host.toLowerCase();
  return URL.canParse(url) && url.includes('://') ? new URL(url).hostname || undefined : undefined;
}

function count(names: Map<string, Seen>, host: string, line: number, wasDenied: boolean): void {
  const known = names.get(host);
  const seen = known ?? { line, passed: 0, denied: 0 };
  if (wasDenied) seen.denied++;
  else seen.passed++;
  names.set(host, seen);
}
