import { KnownError } from '../base/errors.ts';
import type { ActionDeps } from './deps.ts';

/** Throws when the thing came from sallyport.yaml and is owned by it; what a person adds beside it stays theirs. */
export function assertOurs(
  { managedByFile }: Pick<ActionDeps, 'managedByFile'>,
  { origin }: { readonly origin: string },
  what: string,
): void {
  if (!managedByFile || origin !== 'file') return;
  throw new KnownError('managed-by-file', `${what} is written in sallyport.yaml`, {
    hint: 'Change it there, or set `file: seed` to take it over here.',
  });
}
