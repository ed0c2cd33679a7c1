import { isIP } from 'node:net';
import { createCollector, type Imported, linesOf } from './entry.ts';

/** One name a line, as rules are written: example.org, *.example.org, .example.org; what stands behind # is its note. */
export function importPlain(text: string): Imported {
  const found = createCollector();
  for (const [line, written] of linesOf(text)) {
    const [, pattern = '', note = ''] = /^([^#!]*)(?:#+\s*(.*))?/.exec(written) ?? [];
    const words = pattern.trim().split(/\s+/);
    const [word = ''] = words;
    if (word === '') continue;
    if (words.length === 1) found.add(line, 'allow', word, note);
    else if (isIP(word) !== 0)
      found.skip(line, written, 'a line of a hosts file says where a name is, not whether it is allowed');
    else found.skip(line, written, 'more than one word');
  }
  return found.result('plain');
}
