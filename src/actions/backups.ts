import type { Readable } from 'node:stream';
import { KnownError } from '../base/errors.ts';
import type { Secret } from '../base/secret.ts';
import { appendAudit } from '../store/audit.ts';
import type { Actor } from './actor.ts';
import type { ActionDeps } from './deps.ts';

/** Copies in the data directory, and the making of a sealed one; one at a time. */
export interface BackupPort {
  /** The newest first. */
  list(): readonly KeptBackup[];
  /** The one that is being made, or what went wrong with the last. */
  progress(): BackupProgress;
  /** Returns its name at once. Throws request-under-way while another is made. */
  start(request: BackupRequest): string;
  /** A sealed one. Throws not-found. */
  read(name: string): { readonly content: Readable; readonly octets: number };
  remove(name: string): void;
}

export interface KeptBackup {
  readonly name: string;
  /** sealed: everything, for elsewhere. nightly, upgrade: copies of a database, which stay here. */
  readonly kind: 'sealed' | 'nightly' | 'upgrade';
  readonly at: number;
  readonly octets: number;
}

export interface BackupProgress {
  readonly making?: { readonly name: string; readonly startedAt: number; readonly octets: number };
  readonly problem?: string;
}

export interface BackupRequest {
  readonly passphrase: Secret;
  readonly withLog: boolean;
}

type Deps = Pick<ActionDeps, 'db' | 'clock' | 'backups'>;

/** Everything in one file that only the passphrase opens; written down, because it leaves the house with every secret in it. */
export function startBackup({ db, clock, backups }: Deps) {
  return (request: BackupRequest, actor: Actor): string => {
    const name = backups.start(request);
    appendAudit(db, {
      at: clock.now(),
      actor: actor.name,
      action: 'backup.make',
      subject: name,
      after: { withLog: request.withLog },
      origin: actor.origin,
    });
    return name;
  };
}

export function readBackup({ db, clock, backups }: Deps) {
  return (name: string, actor: Actor): ReturnType<BackupPort['read']> => {
    const read = backups.read(name);
    appendAudit(db, {
      at: clock.now(),
      actor: actor.name,
      action: 'backup.download',
      subject: name,
      origin: actor.origin,
    });
    return read;
  };
}

export function removeBackup({ db, clock, backups }: Deps) {
  return (name: string, actor: Actor): void => {
    const before = backups.list().find((one) => one.name === name && one.kind === 'sealed');
    if (before === undefined) throw new KnownError('not-found', `there is no backup ${name}`);
    backups.remove(name);
    appendAudit(db, {
      at: clock.now(),
      actor: actor.name,
      action: 'backup.remove',
      subject: name,
      before: { octets: before.octets },
      origin: actor.origin,
    });
  };
}
