/** One line of the doctor's list. */
export interface Check {
  /** The firewall or the group it is about, by name; undefined: this Sallyport itself. */
  readonly firewall?: string;
  readonly group?: string;
  readonly check: string;
  /** unknown: it cannot be seen from here, a person has to look. skipped: there was no sense in looking, or nobody asked for it. */
  readonly result: 'ok' | 'failed' | 'unknown' | 'skipped';
  readonly detail: string;
  readonly remedy?: string;
}

/** A check without what it is about. */
export type Found = Omit<Check, 'firewall' | 'group'>;

export function days(ms: number): string {
  const whole = Math.floor(ms / 86_400_000);
  return whole === 1 ? '1 day' : `${whole} days`;
}

/** The first few of a list, and how many more there are. */
export function some(items: readonly string[], most = 5): string {
  const more = items.length - most;
  return `${items.slice(0, most).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
