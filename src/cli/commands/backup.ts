import { basename } from 'node:path';
import { Secret } from '../../base/secret.ts';
import { readVersion } from '../../version.ts';
import { type Command, type Context, oneWord, UsageError } from '../command.ts';
import { paragraphs } from '../format.ts';

export const backup: Command = {
  summary: 'everything Sallyport knows, in one file that only a passphrase opens',
  usage: 'FILE [--without-log]',
  options: { 'without-log': { type: 'boolean' } },
  explain: { '--without-log': 'leave the query log out: most of the size, and nothing depends on it' },
  examples: [
    ['sallyport backup sallyport-2026-11-22.backup', 'asks for a passphrase; Sallyport may run meanwhile'],
    ['sallyport backup /mnt/nas/a.backup < passphrase.txt', 'takes it from the first line of a file'],
  ],
  async run(context) {
    const path = oneWord(context.words, 'FILE');
    const passphrase = await askPassphrase(context, true);
    // Loaded here: every other command does without a database.
    const { backup: write } = await import('../../store/archive/archive.ts');
    const { dataDir, now, values } = context;
    const withLog = values['without-log'] !== true;
    const written = write({ dataDir, path, passphrase, now, withLog, appVersion: readVersion() });
    const { manifest, octets } = await context.during('Writing the backup', written);
    return {
      data: { path, octets, ...manifest },
      text: paragraphs(
        `${path}: ${(octets / 2 ** 20).toFixed(1)} MiB${withLog ? '' : ', without the query log'}.`,
        `Keep the passphrase elsewhere: without it nobody opens the file. What is in sallyport.yaml is not in it.\nBring it back with: sallyport restore ${basename(path)}`,
      ),
    };
  },
};

export const restore: Command = {
  summary: 'bring a backup back, into an empty data directory',
  usage: 'FILE [--replace]',
  options: { replace: { type: 'boolean' } },
  explain: { '--replace': 'move what is there aside, into the folder backups' },
  examples: [
    ['sallyport restore sallyport-2026-11-22.backup', 'asks for the passphrase; Sallyport must be stopped'],
    ['sallyport restore --replace a.backup', 'what was there before is kept in backups/before-restore-…'],
  ],
  async run(context) {
    const path = oneWord(context.words, 'FILE');
    const passphrase = await askPassphrase(context, false);
    const { restore: read } = await import('../../store/archive/archive.ts');
    const { dataDir, now, values } = context;
    const restored = read({ dataDir, path, passphrase, now, replace: values['replace'] === true });
    const { manifest, aside } = await context.during('Restoring', restored);
    return {
      data: { ...manifest, ...(aside === undefined ? {} : { aside }) },
      text: paragraphs(
        `${dataDir} is as it was on ${manifest.createdAt} (Sallyport ${manifest.app}). Start Sallyport now.`,
        aside === undefined ? '' : `What was there before is in ${aside}.`,
      ),
    };
  },
};

async function askPassphrase({ askSecret }: Context, twice: boolean): Promise<Secret> {
  const passphrase = await askSecret('Passphrase: ');
  if (twice && process.stdin.isTTY === true && (await askSecret('Once more: ')) !== passphrase) {
    throw new UsageError('the two are not the same; nothing was written');
  }
  return new Secret(passphrase);
}
