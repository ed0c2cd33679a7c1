/** What dig and kdig print, question by question. */
export interface DigReply {
  /** The rcode, or NODATA for NOERROR without a record of any type. */
  readonly said: string;
  readonly flags: readonly string[];
  readonly addresses: readonly string[];
  /** Lines of the answer section. */
  readonly answers: readonly string[];
  readonly ms: number;
  readonly text: string;
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
  return {
    said: status === 'NOERROR' && answers.length === 0 ? 'NODATA' : status,
    flags: (/^;; Flags: ([a-z ]*);/im.exec(text)?.[1] ?? '').split(' ').filter(Boolean),
    addresses,
    answers,
    ms: millisecondsIn(text),
    text,
  };
}

function sectionOf(text: string, name: string): readonly string[] {
  const section = new RegExp(`^;; ${name} SECTION:\\n([^]*?)(?:\\n\\n|$(?![^]))`, 'm').exec(text)?.[1] ?? '';
  return section.split('\n').filter((line) => line !== '' && !line.startsWith(';'));
}

/** dig: "Query time: 512 usec" or "3 msec"; kdig: "From 192.0.2.1@53(UDP) in 0.5 ms". */
function millisecondsIn(text: string): number {
  const [, value, unit] = /(?:Query time: |\) in )([\d.]+) (usec|msec|ms|s)/.exec(text) ?? [];
  const factor = { usec: 0.001, msec: 1, ms: 1, s: 1000 }[unit ?? ''];
  return factor === undefined ? Number.NaN : Number(value) * factor;
}
