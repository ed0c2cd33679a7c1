/**
 * What happens in the house, for whoever wants to show it live. Telling is a call that keeps nothing and waits for nobody:
 * who listens has to be quick, and to bound what it keeps.
 */
import type { IpAddress } from '../base/ip-address.ts';
import type { DenialEvent } from '../plane/protocol.ts';
import type { Concern, Effect } from './effect.ts';
import type { QueryRecord } from './query-port.ts';

export type News =
  /** Names that were refused, as counted by the data plane. */
  | { readonly kind: 'denials'; readonly batch: readonly Pick<DenialEvent, 'groupId' | 'name'>[] }
  /** Refused names that a person muted or brought back. */
  | { readonly kind: 'denials-moved'; readonly ids: readonly number[] }
  /** The policy was read anew; by rule id. */
  | {
      readonly kind: 'rules';
      readonly added: readonly number[];
      readonly changed: readonly number[];
      readonly ended: readonly number[];
    }
  /** Groups or their modes may be others now. */
  | { readonly kind: 'groups' }
  /** Something about these open addresses may be different: lease, end, or what a firewall holds. */
  | { readonly kind: 'addresses'; readonly addresses: readonly IpAddress[] }
  /** What was opened by hand or by a feed may be different. */
  | { readonly kind: 'openings' }
  /** A run of the sync is over, or the firewall was found otherwise than before. */
  | { readonly kind: 'sync'; readonly firewall: string }
  /** A change by a person, which firewalls may still have to follow. */
  | { readonly kind: 'effect'; readonly effect: Effect; readonly concern: Concern; readonly at: number }
  /** Something is being reproduced in the group, no more, or otherwise. */
  | { readonly kind: 'reproduce'; readonly group: string }
  /** Lines of the query log, and how many were left out. */
  | { readonly kind: 'queries'; readonly rows: readonly LiveQuery[]; readonly dropped: number };

/** Without an id it could not be written down. */
export type LiveQuery = Omit<QueryRecord, 'id'> & { readonly id?: number };

export interface NewsTeller {
  tell(news: News): void;
}

export interface NewsPort extends NewsTeller {
  /** The returned function ends it. */
  listen(listener: (news: News) => void): () => void;
  /** Lines of the query log are told only while somebody wants them. */
  wantQueries(wanted: boolean): void;
}

export function createNews(onQueriesWanted: (wanted: boolean) => void = () => {}): NewsPort {
  const listeners = new Set<(news: News) => void>();
  return {
    tell(news) {
      for (const listener of listeners) listener(news);
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    wantQueries: onQueriesWanted,
  };
}
