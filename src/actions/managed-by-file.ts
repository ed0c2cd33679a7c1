import { KnownError } from '../base/errors.ts';
import type { ActionDeps } from './deps.ts';

/** Throws when the thing came from a file and is owned by it; what a person adds beside it stays theirs. */
export function assertOurs(
  { managedByFile }: Pick<ActionDeps, 'managedByFile'>,
  { origin, place }: { readonly origin: string; readonly place?: string | undefined },
  what: string,
): void {
  if (!managedByFile || origin !== 'file') return;
  throw new KnownError('managed-by-file', `${what} is written in ${place ?? 'the configuration file'}`, {
    hint: `Change it ${place === undefined ? 'there' : `at ${place}`}, then \`sallyport apply\`; or set \`file: seed\` there to take it over here.`,
  });
}
