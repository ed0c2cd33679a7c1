import { TransientDriverError } from '../../base/errors.ts';

/** Milliseconds of what RouterOS writes: 1w2d3h4m5s, 59s, 3d01:02:03. Throws TransientDriverError that quotes the rest. */
export function parseDuration(text: string): number {
  const match = PATTERN.exec(text);
  if (match === null || text === '')
    throw new TransientDriverError(
      `MikroTik writes a time in a form we do not know: ${JSON.stringify(text.slice(0, 40))}`,
    );
  const [, weeks, days, hours, minutes, seconds, clockHours, clockMinutes, clockSeconds] = match;
  const count = (digits: string | undefined) => Number(digits ?? 0);
  const inSeconds =
    count(weeks) * 604_800 +
    count(days) * 86_400 +
    (count(hours) + count(clockHours)) * 3600 +
    (count(minutes) + count(clockMinutes)) * 60 +
    count(seconds) +
    count(clockSeconds);
  return inSeconds * 1000;
}

/** Rounded up: an address may close a second late, never early. */
export function formatDuration(ms: number): string {
  return `${Math.max(1, Math.ceil(ms / 1000))}s`;
}

const PATTERN =
  /^(?:(\d{1,5})w)?(?:(\d{1,5})d)?(?:(?:(\d{1,5})h)?(?:(\d{1,5})m)?(?:(\d{1,9})s)?|(\d{1,2}):(\d\d):(\d\d))$/;
