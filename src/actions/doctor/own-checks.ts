/** What can be wrong with Sallyport and the machine it runs on. Pure. */
import type { Machine } from '../ports.ts';
import type { Found } from './check.ts';

/** A clock that was set by less is one that NTP keeps. */
const SMALL_STEP_MS = 60_000;

export function ownChecks(
  { wallMs, listeners }: Pick<Machine, 'wallMs' | 'listeners'>,
  now: number,
): readonly Found[] {
  return [listenersCheck(listeners), stepCheck(wallMs - now)];
}

function listenersCheck(listeners: Machine['listeners']): Found {
  const check = 'dns-listens';
  const broken = listeners.find(({ error }) => error !== undefined);
  if (broken?.error !== undefined) {
    return {
      check,
      result: 'failed',
      detail: `Nobody can ask ${endpoint(broken)}: ${broken.error.code}`,
      remedy: broken.error.remedy,
    };
  }
  if (listeners.length === 0) {
    return {
      check,
      result: 'failed',
      detail: 'No DNS listener is up',
      remedy: 'See the log of Sallyport; a moment after the start this is usual.',
    };
  }
  return { check, result: 'ok', detail: `DNS on ${listeners.map(endpoint).join(', ')}` };
}

function stepCheck(aheadMs: number): Found {
  const check = 'clock';
  if (Math.abs(aheadMs) <= SMALL_STEP_MS) {
    return { check, result: 'ok', detail: 'The clock was not set since Sallyport started' };
  }
  return {
    check,
    result: 'failed',
    detail: `The clock was set ${aheadMs > 0 ? 'forward' : 'back'} by ${Math.round(Math.abs(aheadMs) / 1000)} s since Sallyport started`,
    remedy:
      'Nothing ends too early or too late by it, but times in the log and of temporary rules are off by as much: let the machine take its time from NTP, and restart Sallyport.',
  };
}

export function endpoint({ address, port }: { readonly address: string; readonly port: number }): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
