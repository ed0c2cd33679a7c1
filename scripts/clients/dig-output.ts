/** What dig and kdig print, question by question. */
export interface DigReply {
  /** The rcode, or NODATA for a whole NOERROR without a record. */
  readonly said: string;
  readonly flags: readonly string[];
  readonly addresses: readonly string[];
  /** Lines of the answer section. */
  readonly answers: readonly string[];
  readonly ms: number;
  /** What its OPT says; undefined when there is none. */
  readonly edns: DigEdns | undefined;
  readonly octets: number;
}

export interface DigEdns {
  readonly version: number;
  readonly flags: string;
  readonly udpSize: number;
  /** A line for each option. */
  readonly options: readonly string[];
}

/** Questions that got no answer have no reply here. */
export function readDig(output: string): readonly DigReply[] {
  return output
    .split(/^(?=;; ->>HEADER<<-)/m)
    .filter((text) => text.startsWith(';; ->>HEADER'))
    .map(readReply);
}

function readReply(text: string): DigReply {
  const status = /status: (\w+)/.exec(text)?.[1] ?? 'no status';
  const answers = sectionOf(text, 'ANSWER');
  const addresses = answers.flatMap((line) => /\sIN\s+(?:A|AAAA)\s+(\S+)/.exec(line)?.[1] ?? []);
  const flags = (/^;; Flags: ([a-z ]*);/im.exec(text)?.[1] ?? '').split(' ').filter(Boolean);
  return {
    said: status === 'NOERROR' && answers.length === 0 && !flags.includes('tc') ? 'NODATA' : status,
    flags,
    addresses,
    answers,
    ms: millisecondsIn(text),
    edns: ednsIn(text),
    octets: Number(/(?:rcvd: |Received )(\d+)/.exec(text)?.[1]),
  };
}

function sectionOf(text: string, name: string): readonly string[] {
  const section = new RegExp(`^;; ${name} SECTION:\\n([^]*?)(?:\\n\\n|$(?![^]))`, 'm').exec(text)?.[1] ?? '';
  return section.split('\n').filter((line) => line !== '' && !line.startsWith(';'));
}

/** dig: "; EDNS: version: 0, flags: do; udp: 1232"; kdig: ";; Version: 0; flags: do; UDP size: 1232 B; ext-rcode: NOERROR". */
function ednsIn(text: string): DigEdns | undefined {
  const line = /^;.*Version: (\d+)[,;] flags: ?([^;]*);.*?(?:udp|size): (\d+).*\n((?:;.*\n)*)/im.exec(text);
  if (line === null) return undefined;
  const [, version, flags = '', udpSize, behind = ''] = line;
  const [options = ''] = behind.split(/^;; [A-Z]+ SECTION:/m);
  return {
    version: Number(version),
    flags: flags.trim(),
    udpSize: Number(udpSize),
    options: options.split('\n').flatMap((line) => line.replace(/^;+ /, '') || []),
  };
}

/** dig: "Query time: 512 usec" or "3 msec"; kdig: "From 192.0.2.1@53(UDP) in 0.5 ms". */
function millisecondsIn(text: string): number {
  const [, value, unit] = /(?:Query time: |\) in )([\d.]+) (usec|msec|ms|s)/.exec(text) ?? [];
  const factor = { usec: 0.001, msec: 1, ms: 1, s: 1000 }[unit ?? ''];
  return factor === undefined ? Number.NaN : Number(value) * factor;
}
