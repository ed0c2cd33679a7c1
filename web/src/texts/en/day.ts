/** The last 24 hours on the overview, in words. */
export const dayTexts = {
  title: 'Last 24 hours',
  kinds: {
    allowed: 'Allowed',
    temporary: 'Allowed for a while',
    refused: 'Refused',
    failed: 'Failed',
  },
  sentence: (counts: {
    readonly allowed: string;
    readonly temporary: string;
    readonly refused: string;
    readonly failed: string;
  }) =>
    `${counts.allowed} answers allowed, ${counts.temporary} more for a while, ${counts.refused} refused, ${counts.failed} failed.`,
  nothing: 'Nothing was asked in the last 24 hours.',
  counting: (since: string) => `Counted back to ${since} so far; the rest follows.`,
  bar: (from: string, to: string, parts: string) => `${from} to ${to}: ${parts}`,
  table: 'As a table, by the hour',
  hour: 'Hour',
  inLog: (hour: string) => `In the log: ${hour}`,
  beforeReady: (n: number) =>
    n === 1
      ? '1 answer was given before the firewall was ready.'
      : `${n.toLocaleString()} answers were given before the firewall was ready.`,
  /** Where there is a firewall to be ready. */
  beforeReadyNone: 'No answer was given before the firewall was ready.',
  beforeReadyLink: 'Show them in the log',
  group: 'Of which host',
  all: 'All',
};
