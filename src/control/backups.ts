import { createReadStream, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { BackupPort, KeptBackup } from '../actions/backups.ts';
import type { QueryPort } from '../actions/query-port.ts';
import type { Clock } from '../base/clock.ts';
import { describeError, KnownError } from '../base/errors.ts';

/** They are for elsewhere: what stays here is for whoever comes back for it, and not to fill the disk. */
const SEALED_KEPT = 3;

const KINDS: readonly (readonly [KeptBackup['kind'], RegExp])[] = [
  ['sealed', /^sallyport-\d{8}T\d{6}Z\.backup$/],
  ['nightly', /^nightly-.*\.db$/],
  ['upgrade', /^pre-.*\.db$/],
];

export interface BackupsDeps {
  readonly dataDir: string;
  readonly clock: Clock;
  /** What it takes is paid in the thread of the reports. */
  readonly queries: Pick<QueryPort, 'sealBackup'>;
}

/** The folder of backups, as the page shows it. */
export function createBackups({ dataDir, clock, queries }: BackupsDeps): BackupPort {
  const folder = join(dataDir, 'backups');
  let making: { readonly name: string; readonly startedAt: number } | undefined;
  let problem: string | undefined;

  const list = (): readonly KeptBackup[] => {
    if (!existsSync(folder)) return [];
    return readdirSync(folder)
      .flatMap((name) => {
        const kind = KINDS.find(([, pattern]) => pattern.test(name))?.[0];
        return kind === undefined ? [] : described(name, kind);
      })
      .toSorted((a, b) => b.at - a.at);
  };
  const described = (name: string, kind: KeptBackup['kind']): readonly KeptBackup[] => {
    // Gone meanwhile: the nightly copies are pruned by another.
    const found = statSync(join(folder, name), { throwIfNoEntry: false });
    return found === undefined ? [] : [{ name, kind, at: Math.round(found.mtimeMs), octets: found.size }];
  };
  const sealed = () => list().filter(({ kind }) => kind === 'sealed');
  const pathOf = (name: string) => {
    if (sealed().some((one) => one.name === name)) return join(folder, name);
    throw new KnownError('not-found', `there is no backup ${name}`, {
      hint: 'Copies of a database stay on the machine: they are in the folder backups, and hold its secrets in the clear.',
    });
  };

  return {
    list,
    progress: () => ({
      ...(making === undefined
        ? {}
        : { making: { ...making, octets: sizeOf(join(folder, `${making.name}.part`)) } }),
      ...(problem === undefined ? {} : { problem }),
    }),
    start({ passphrase, withLog }) {
      if (making !== undefined) throw new KnownError('request-under-way', 'a backup is being made already');
      const now = clock.now();
      const name = `sallyport-${new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, '')}.backup`;
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      making = { name, startedAt: now };
      problem = undefined;
      const sealing = queries.sealBackup({
        path: join(folder, name),
        passphrase: passphrase.reveal(),
        withLog,
        now,
      });
      void sealing
        .then(() => {
          for (const old of sealed().slice(SEALED_KEPT)) rmSync(join(folder, old.name), { force: true });
        })
        .catch((error: unknown) => {
          problem = `The backup could not be made: ${describeError(error)}`;
        })
        .finally(() => {
          making = undefined;
        });
      return name;
    },
    read(name) {
      const path = pathOf(name);
      return { content: createReadStream(path), octets: statSync(path).size };
    },
    remove: (name) => rmSync(pathOf(name)),
  };
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
