/**
 * A client that asks what a Plex server asks while it boots, in that order, the way Plex's resolver asks it.
 *
 *   node scripts/run.mjs scripts/plex-boot.ts --server 127.0.0.1 --port 1053 [--from 127.0.0.1]
 */
import { parseArgs } from 'node:util';
import { type Lookup, muslLookup, type NameserverOptions } from './plex-boot/musl-resolver.ts';
import { isProgram } from './support/program.ts';

export interface BootStep {
  readonly name: string;
  /** What the server wants there. */
  readonly why: string;
  /** What an owner sees when the name does not resolve; absent when nothing is missed. */
  readonly breaks?: string;
}

/** From the first call after the start to the first transcode. */
export const BOOT: readonly BootStep[] = [
  { name: 'plex.tv', why: 'access tokens and devices', breaks: 'sign-in fails' },
  {
    name: 'servers.plex.tv',
    why: 'users, features, access tokens',
    breaks: 'shares and features are those of last time',
  },
  { name: 'crashreport.plexapp.com', why: 'crash reports of the last run' },
  { name: 'plex.tv', why: 'update check', breaks: 'no update is offered' },
  {
    name: 'v4.plex.tv',
    why: 'the public IPv4 address',
    breaks: 'remote access publishes the wrong address',
  },
  {
    name: 'servers.plex.tv',
    why: 'POST /servers.xml: publishing the server, tried once and never again',
    breaks: 'every app shows the server as empty until it is restarted',
  },
  { name: 'plex.tv', why: 'the list of push servers, which are then reached by address', breaks: 'no push' },
  { name: 'analytics.plex.tv', why: 'telemetry' },
  {
    name: 'metadata.provider.plex.tv',
    why: 'matching films and episodes',
    breaks: 'new files stay without title and poster',
  },
  { name: 'metadata-static.plex.tv', why: 'posters and cast', breaks: 'grey posters' },
  { name: 'image.tmdb.org', why: 'a choice of posters', breaks: 'fewer posters to choose from' },
  { name: 'downloads.plex.tv', why: 'codecs for the first transcode', breaks: 'transcoding fails' },
  { name: 'metrics.plex.tv', why: 'telemetry' },
];

export interface BootResult extends Lookup {
  readonly step: BootStep;
}

/** One look-up after the other, as the boot thread does; each result is told as it comes. */
export async function bootLikePlex(
  server: NameserverOptions,
  onResult: (result: BootResult) => void = () => {},
  steps: readonly BootStep[] = BOOT,
): Promise<readonly BootResult[]> {
  const results: BootResult[] = [];
  for (const step of steps) {
    const result = { step, ...(await muslLookup(step.name, server)) };
    results.push(result);
    onResult(result);
  }
  return results;
}

/** One line for a terminal. */
export function describeResult({ step, result, addresses, tookMs }: BootResult): string {
  const what = result === 'found' ? addresses.join(' ') : result;
  const missed = result === 'found' || step.breaks === undefined ? '' : `  ⇒ ${step.breaks}`;
  return `${step.name.padEnd(27)} ${`${tookMs.toFixed(0)} ms`.padStart(8)}  ${what}  (${step.why})${missed}`;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      server: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string', default: '1053' },
      from: { type: 'string' },
    },
  });
  const server = { address: values.server, port: Number(values.port) };
  await bootLikePlex(values.from === undefined ? server : { ...server, from: values.from }, (result) =>
    console.log(describeResult(result)),
  );
}

if (isProgram(import.meta.url)) await main();
