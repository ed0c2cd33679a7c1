import { ImportResult, ImportUndone } from '../../api/contract/imports.ts';
import { IMPORT_FORMATS, type Imported, type ImportFormat } from '../../config/import/entry.ts';
import { type Command, type Context, oneWord, textOption, UsageError } from '../command.ts';
import { count, paragraphs, printable, table } from '../format.ts';
import { chooseGroup } from './choose-group.ts';
import { effectText } from './effect.ts';
import { readInput } from './input-file.ts';

export const importCommand: Command = {
  summary: 'take over names from a list, Squid, Pi-hole, AdGuard Home or dnsmasq',
  usage: `FILE [--format auto|${IMPORT_FORMATS.join('|')}] [--group GROUP] [--dry-run]`,
  options: {
    format: { type: 'string', short: 'f' },
    group: { type: 'string', short: 'g' },
    'dry-run': { type: 'boolean' },
    undo: { type: 'string' },
  },
  explain: {
    FILE: 'a text file, a Teleporter archive or gravity.db of Pi-hole; - for standard input',
    '--format FORMAT': 'if it is not what the file looks like',
    '--group GROUP': 'which group; may be left out when there is one',
    '--dry-run': 'only say what it would do',
    '--undo ENTRY': 'end what the import of this audit entry brought',
  },
  examples: [
    ['sallyport import names.txt --dry-run', 'what would be added, what is there, what is left out and why'],
    ['sallyport import /var/log/squid/access.log --group plex', 'the names that Squid let through'],
    ['sallyport import pi-hole_teleporter.zip --group plex', 'its domain list'],
    ['sallyport import --undo 214', 'take it back'],
  ],
  async run(context) {
    const { client, values, words } = context;
    const undo = textOption(values, 'undo');
    if (undo !== undefined) return undoImport(context, undo);
    const { name, octets } = readInput(oneWord(words, 'FILE'), MAX_FILE);
    const read = await parse(octets, formatOf(values));
    const group = await chooseGroup(client, textOption(values, 'group'));
    const dryRun = values['dry-run'] === true;
    const body = { group, source: name, entries: read.entries };
    const done = await client.send('POST', `/rules/import?dryRun=${dryRun ? 1 : 0}`, body, ImportResult);
    const { format, skipped, skippedCount } = read;
    const data = { ...done, format, skipped: [...skipped], skippedCount };
    return { data, text: importText(data) };
  },
};

/** Octets; an access log of some weeks. */
const MAX_FILE = 256 * 2 ** 20;

async function parse(octets: Buffer, format: ImportFormat | 'auto'): Promise<Imported> {
  // Loaded here: every other command does without them.
  const [{ readImport }, { readGravity }] = await Promise.all([
    import('../../config/import/import.ts'),
    import('../../store/gravity.ts'),
  ]);
  return readImport(octets, format, readGravity);
}

function formatOf(values: Context['values']): ImportFormat | 'auto' {
  const written = textOption(values, 'format') ?? 'auto';
  const known = (['auto', ...IMPORT_FORMATS] as const).find((format) => format === written);
  if (known === undefined)
    throw new UsageError(`there is no format ${written}; known are auto, ${IMPORT_FORMATS.join(', ')}`);
  return known;
}

async function undoImport({ client, words }: Context, entry: string) {
  if (!/^\d+$/.test(entry) || words.length > 0)
    throw new UsageError('write the number of the audit entry alone: sallyport import --undo 214');
  const done = await client.send('DELETE', `/rules/import/${entry}`, undefined, ImportUndone);
  return { data: done, text: `Ended ${count(done.ended, 'rule')}.\n${effectText(done.effect)}` };
}

/** Lines shown; --json has all of them. */
const MAX_SHOWN = 50;

function importText(result: ImportResult): string {
  const { dryRun, format, added, existing, skipped, skippedCount, undo, effect } = result;
  const head = `${count(added.length, 'rule')} ${dryRun ? 'would be' : ''} added, ${existing.length} there already, ${count(skippedCount, 'line')} left out (${format}).`;
  return paragraphs(
    head.replace('  ', ' '),
    table(
      ['RULE', 'PATTERN', 'NOTE'],
      added.slice(0, MAX_SHOWN).map(({ action, pattern, note }) => [action, pattern, note]),
    ),
    added.length > MAX_SHOWN ? `and ${added.length - MAX_SHOWN} more` : '',
    table(
      ['LINE', 'LEFT OUT', 'BECAUSE'],
      skipped.slice(0, MAX_SHOWN).map(({ line, text, reason }) => [String(line), text, reason]),
    ),
    skippedCount > MAX_SHOWN ? `and ${skippedCount - MAX_SHOWN} more` : '',
    effect === undefined ? '' : effectText(effect),
    undo === undefined ? '' : printable(`To take it back: ${undo.command}`),
  );
}
