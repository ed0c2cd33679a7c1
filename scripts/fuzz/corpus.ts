/** Packets to begin with. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The packets of a directory, in the order of its file names. Throws when it has none. */
export async function readCorpus(directory: string): Promise<readonly Buffer[]> {
  const packets: Buffer[] = [];
  for (const name of (await readdir(directory)).sort()) {
    const octets = await readFile(join(directory, name));
    if (/\.(bin|pkt|raw)$/.test(name)) packets.push(octets);
    else if (name.endsWith('.txt')) packets.push(...hexLines(octets.toString('utf8')));
  }
  if (packets.length === 0)
    throw new Error(`no packets in ${directory}: *.txt with hex, or *.bin, *.pkt, *.raw`);
  return packets;
}

/** One packet a line; spaces between octets and everything behind # is for people. */
export function hexLines(text: string): readonly Buffer[] {
  return text.split('\n').flatMap((line, i) => {
    const hex = line.replace(/#.*/, '').replaceAll(/\s/g, '');
    if (hex === '') return [];
    if (!/^([0-9a-f]{2})+$/i.test(hex)) throw new Error(`line ${i + 1} of the corpus is not hex: ${line}`);
    return [Buffer.from(hex, 'hex')];
  });
}
