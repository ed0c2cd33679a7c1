/** What the judge is given, and told of. */
import type { DecreeBook } from '../decrees.ts';
import type { Firewall } from '../firewall.ts';
import type { Openings } from '../openings.ts';
import type { Quiet } from '../quiet.ts';
import type { WorldDesign } from '../world.ts';

export type PromiseName = 'P1' | 'P2' | 'P3' | 'P4' | 'P5' | 'P6';

export interface OracleParts {
  readonly design: WorldDesign;
  readonly firewalls: readonly Firewall[];
  readonly decrees: DecreeBook;
  readonly openings: Pick<Openings, 'explains' | 'mustStay' | 'clockSetBack'>;
  readonly quiet: Quiet;
  readonly now: () => number;
  /** What the house's clock says more than the world's. */
  readonly clockOffset: () => number;
  readonly isDiskFull: () => boolean;
  /** Since when it is full, or was the last time. */
  readonly diskFullSince: () => number;
  /** The disk is full, or was a moment ago. */
  readonly mayBeUnsaved: () => boolean;
  readonly broken: (promise: PromiseName, detail: string) => void;
  readonly count: (what: string) => void;
}

export interface ToldAddress {
  readonly address: string;
  readonly ttlS: number;
}

export interface ToldReply {
  readonly group: string;
  readonly name: string;
  readonly type: 'A' | 'AAAA';
  readonly addresses: readonly ToldAddress[];
  /** What names it among the lines of the query log. */
  readonly key: string;
  readonly edns: boolean;
  readonly tookMs: number;
}
