/**
 * A lease is why one address is open for one group, and until when.
 *
 *   answer ──▶ lease (group, name, address) ──committed──▶ pushed ──read back──▶ told to the client
 *                 │ renewed while the name is asked
 *                 ├─ until passes ──▶ ended: expired
 *                 ├─ its rule ends ─▶ ended: revoked, rule-ended
 *                 ├─ a cap needs room ▶ ended: evicted, and never inside its told term
 *                 ├─ still used at its end ▶ kept: cause in-use
 *                 ├─ another rule or cause ▶ ended: taken-over, and the next interval begins; the address stays open
 *                 └─ upstreams fail ▶ kept: cause outage
 *
 * Leases are counted by (group, name): two names on one address are two leases, so ending one rule never closes
 * an address that another still needs.
 */
import type { DomainName } from '../base/domain-name.ts';
import type { IpAddress } from '../base/ip-address.ts';

export type LeaseCause = 'answer' | 'learn' | 'pause' | 'outage' | 'restored' | 'adopted' | 'in-use';
export type LeaseEndCause =
  | 'expired'
  | 'revoked'
  | 'rule-ended'
  | 'pause-ended'
  | 'mode-changed'
  | 'name-gone'
  | 'group-gone'
  | 'evicted'
  | 'taken-over';

export interface LeaseKey {
  readonly groupId: number;
  readonly name: DomainName;
  readonly address: IpAddress;
}

/** What an answer asks of the ledger, once for each address it would tell. */
export interface LeaseRequest extends LeaseKey {
  readonly ruleId: number | undefined;
  readonly cause: LeaseCause;
  /** The moment until which a client was or will be told to keep the address. */
  readonly toldUntil: number;
  readonly until: number;
}

export interface Lease extends LeaseRequest {
  readonly startedAt: number;
}

/** What keeps an address from being opened: the cap that is reached, or a database that takes no writes. */
export type Cap = 'name' | 'rule' | 'group' | 'learn' | 'storage';

/** What the ledger says when it does not open an address, for the person who looks at the failed answer. */
export const WHY_LEFT_OUT: Readonly<Record<Cap, string>> = {
  name: 'the name has as many addresses open as it may (limits.addresses.name)',
  rule: 'its rule has as many addresses open as it may (limits.addresses.rule)',
  group: 'its group has as many addresses open as it may (limits.addresses.group)',
  learn: 'learning has as many addresses open as it may (limits.addresses.learn)',
  storage: 'new addresses are not opened while the database cannot be written',
};

/** Asked for, and not opened: nobody may be told of it. */
export interface LeftOut extends LeaseKey {
  readonly cap: Cap;
}

export interface EndedLease extends LeaseKey {
  readonly ruleId: number | undefined;
  readonly endedAt: number;
  readonly endCause: LeaseEndCause;
  /** It was opened by a temporary rule or a pause: nothing keeps the address afterwards. */
  readonly temporary: boolean;
  /** The name had led to it before, and does so from time to time. */
  readonly returned?: boolean;
}

/** How long a firewall whose writes are dear keeps the address of a lease that expired, where the owner says nothing of it. */
export const LINGER_MS = 6 * 3_600_000;

/** An address that came back after an earlier end is one of a pool: it is kept so much longer, for it comes back again. */
export const LINGER_RETURNED_TIMES = 8;

/** How long an end is remembered: it explains the removal, which comes after lingering, or when a firewall is back after days. */
export const ENDED_REMEMBERED_MS = 72 * 3_600_000;

export function leaseKey({ groupId, name, address }: LeaseKey): string {
  return `${groupId} ${address} ${name}`;
}
