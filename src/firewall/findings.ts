import { describeError, KnownError, TransientDriverError } from '../base/errors.ts';
import type { Finding } from './driver.ts';

/** A failed call as a line of the checklist; what was not foreseen rises. */
export function failedFinding(error: unknown, otherwise: Finding['check']): Finding {
  if (error instanceof TransientDriverError) {
    return { check: 'reachable', result: 'failed', detail: describeError(error) };
  }
  if (!(error instanceof KnownError)) throw error;
  const check = CHECK_OF_CODE.get(error.code) ?? otherwise;
  return {
    check,
    result: 'failed',
    detail: error.message,
    ...(error.hint === undefined ? {} : { remedy: error.hint }),
  };
}

const CHECK_OF_CODE: ReadonlyMap<string, Finding['check']> = new Map([
  ['firewall-refused-key', 'key'],
  ['firewall-privilege-missing', 'privileges'],
  ['firewall-alias-missing', 'alias'],
]);
