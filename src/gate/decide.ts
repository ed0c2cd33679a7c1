/**
 * Which addresses of an answer may be told now, and which must be opened first. Pure.
 *
 *   A  addresses of the answer (one family: A and AAAA are separate questions)
 *   C  those of A confirmed for this name: read back on every required firewall, and held for the told term and the grace
 *
 *   |C| >= min(4, |A|)  tell C, open nothing       the alias grows with use, not with the CDN
 *   C not empty         tell C, open enough of the rest behind the client's back
 *   C empty             open enough, and hold the answer until they are confirmed
 */
import type { IpAddress } from '../base/ip-address.ts';

/** How many addresses of one family are enough for a client: more only widen the alias. */
export const ENOUGH_ADDRESSES = 4;

/** Seconds below which a confirmed address is not worth telling: the client would be back before it has connected. */
const MIN_TOLD_TTL_S = 1;

/** The way to the firewall and back, and its rounding, must never eat up what is told of the shortest ttl. */
const MIN_HEADROOM_MS = 3000;

/** Firewalls count in whole seconds, and round. */
const ROUNDING_MS = 2000;

export interface GateInput {
  readonly addresses: readonly IpAddress[];
  /** Seconds the answer may be kept, as the upstream and the rule's end allow. */
  readonly ttlS: number;
  readonly now: number;
  readonly graceMs: number;
  readonly headroomMs: number;
  /** When the rule or pause ends by itself: leases end there too, grace or not, and ttls are cut to it. */
  readonly endsAt?: number | undefined;
  /** Until when every required firewall was read back as holding the address for this name; undefined: not confirmed. */
  readonly heldUntil: (address: IpAddress) => number | undefined;
}

export interface GateDecision {
  readonly tell: readonly IpAddress[];
  /** Seconds to tell, never past what the firewalls hold less the grace. */
  readonly ttlS: number;
  /** To be leased before anybody is told of them. */
  readonly open: readonly IpAddress[];
  /** Told now, and ending soon enough that their leases should be renewed. */
  readonly renew: readonly IpAddress[];
}

export function decideGate(input: GateInput): GateDecision {
  const { addresses, ttlS, now, graceMs, headroomMs, endsAt, heldUntil } = input;
  const tell: IpAddress[] = [];
  const renew: IpAddress[] = [];
  const rest: IpAddress[] = [];
  let told = ttlS;
  for (const address of addresses) {
    const until = heldUntil(address);
    const toTheEnd = until !== undefined && endsAt !== undefined && until >= endsAt - ROUNDING_MS;
    const tellable = toTheEnd ? ttlS : until === undefined ? -1 : Math.floor((until - graceMs - now) / 1000);
    if (until === undefined || tellable < Math.min(ttlS, MIN_TOLD_TTL_S)) {
      rest.push(address);
      continue;
    }
    tell.push(address);
    told = Math.min(told, tellable);
    const headroomLeft = until - graceMs - now - ttlS * 1000;
    if (!toTheEnd && headroomLeft < headroomFor(ttlS, headroomMs) / 2) renew.push(address);
  }
  const missing = Math.min(ENOUGH_ADDRESSES, addresses.length) - tell.length;
  return { tell, ttlS: told, open: missing > 0 ? rest.slice(0, missing) : [], renew };
}

/** A lease runs told + grace + headroom, so that its stored end stays ahead of what cache hits tell. */
export function leaseTermMs(ttlS: number, graceMs: number, headroomMs: number): number {
  return ttlS * 1000 + graceMs + headroomFor(ttlS, headroomMs);
}

function headroomFor(ttlS: number, headroomMs: number): number {
  return Math.max(ttlS * 1000, headroomMs, MIN_HEADROOM_MS);
}
