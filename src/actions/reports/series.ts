/** How many questions were answered which way, by the quarter of an hour. */
export interface SeriesInput {
  /** Absent: all clients, those of no group too. */
  readonly group?: string;
}

export interface Series {
  /** ms since 1970; from the first step up to, not including, the end of the last, which is still under way. */
  readonly since: number;
  readonly until: number;
  readonly stepMs: number;
  /** Oldest first, none left out from `countedSince` on. */
  readonly steps: readonly SeriesStep[];
  /** ms since 1970: the time for one report was up when it had counted back to here; asked again, it goes on. */
  readonly countedSince: number;
}

export interface SeriesStep extends AnswerCounts {
  readonly at: number;
}

export interface AnswerCounts {
  readonly allowed: number;
  /** Allowed by a rule that has an end; not among `allowed`. */
  readonly temporary: number;
  readonly refused: number;
  readonly failed: number;
  /** Of those allowed, for good or for a while: told before a firewall was read to hold the addresses. */
  readonly beforeReady: number;
}
