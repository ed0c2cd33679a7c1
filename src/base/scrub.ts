import type { Secret } from './secret.ts';

/** Shorter ones would be found in every text, and are none that a firewall gives out. */
const SHORTEST_SECRET = 8;

/** Takes secrets out of what came from elsewhere, before anything of it gets into an error or a log. */
export function scrubber(secrets: Iterable<Secret>): (text: string) => string {
  // A header carries its secret behind a word: 'Basic abc'.
  const needles = [...secrets]
    .flatMap((secret) => [secret.reveal(), secret.reveal().replace(/^\S+ /, '')])
    .filter((needle) => needle.length >= SHORTEST_SECRET);
  // As PHP's json_encode writes them, too.
  const all = new Set(needles.flatMap((needle) => [needle, needle.replaceAll('/', '\\/')]));
  return (text) => {
    let clean = text;
    for (const needle of all) clean = clean.replaceAll(needle, '[redacted]');
    return clean;
  };
}
