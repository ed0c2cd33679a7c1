import type { DnsperfResult } from './dnsperf.ts';

export type Subject = 'Sallyport' | 'dnsmasq';
export type Load = 'cached' | 'forwarded';

export interface Round {
  readonly subject: Subject;
  readonly load: Load;
  readonly result: DnsperfResult;
}

export interface Score {
  readonly load: Load;
  readonly sallyport: number;
  readonly dnsmasq: number;
  /** Sallyport's queries per second for one of dnsmasq's. */
  readonly ratio: number;
  readonly sallyportMs: number;
  readonly dnsmasqMs: number;
  readonly lost: number;
}

/** Medians over the rounds: one round that the machine disturbed changes nothing. */
export function score(rounds: readonly Round[], load: Load): Score {
  const of = (subject: Subject, value: (result: DnsperfResult) => number) =>
    median(rounds.filter((r) => r.subject === subject && r.load === load).map((r) => value(r.result)));
  const sallyport = of('Sallyport', (result) => result.queriesPerSecond);
  const dnsmasq = of('dnsmasq', (result) => result.queriesPerSecond);
  return {
    load,
    sallyport,
    dnsmasq,
    ratio: sallyport / dnsmasq,
    sallyportMs: of('Sallyport', (result) => result.averageMs),
    dnsmasqMs: of('dnsmasq', (result) => result.averageMs),
    lost: rounds
      .filter((r) => r.subject === 'Sallyport' && r.load === load)
      .reduce((sum, r) => sum + r.result.lost, 0),
  };
}

export interface Circumstances {
  readonly command: string;
  readonly machine: string;
  readonly versions: string;
  readonly load: string;
  readonly rounds: number;
  readonly questions: number;
  readonly day: string;
}

/** One line a load, for the terminal. */
export function describeScore({ load, sallyport, dnsmasq, ratio }: Score): string {
  const perSecond = (value: number) => `${Math.round(value).toLocaleString('en')} q/s`;
  return `${load.padEnd(9)}  Sallyport ${perSecond(sallyport)}, dnsmasq ${perSecond(dnsmasq)}: ratio ${ratio.toFixed(2)}`;
}

/** docs/bench.md as a whole: it is written by `npm run bench`, never by hand. */
export function benchPage(scores: readonly Score[], about: Circumstances): string {
  const rows = scores.map((s) => {
    const cells = [
      s.load,
      Math.round(s.sallyport).toLocaleString('en'),
      Math.round(s.dnsmasq).toLocaleString('en'),
      s.ratio.toFixed(2),
      s.sallyportMs.toFixed(2),
      s.dnsmasqMs.toFixed(2),
      String(s.lost),
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return `# Speed beside dnsmasq

Written by \`${about.command}\` on ${about.day}. Run it again to replace this page.

| load | Sallyport q/s | dnsmasq q/s | ratio | Sallyport ms | dnsmasq ms | lost |
|---|---|---|---|---|---|---|
${rows.join('\n')}

Medians of ${about.rounds} rounds; the two take turns, so that a disturbed minute disturbs both. Milliseconds are the average
time of an answer under this load, lost are Sallyport's questions without an answer over all rounds.

- dnsmasq runs with the cache size it ships with, 150 names. A larger cache makes its forwarding several times slower.
- **cached**: 100 names over and over, all in the cache.
- **forwarded**: ${about.questions.toLocaleString('en')} names a round, none asked before, so each is asked upstream. The upstream is another
  dnsmasq that answers from its command line; it is faster than either and not what is measured.
- Load: \`dnsperf ${about.load}\` on loopback, type A.
- Sallyport runs as \`npm start\` does: policy, query log and ledger on, group in mode \`enforce\` without a firewall, so no
  answer waits for one.
- Machine: ${about.machine}. ${about.versions}.
`;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return (low + high) / 2;
}
