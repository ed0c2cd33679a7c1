/**
 * Which addresses of an answer may be told now, and which must be opened first. Pure.
 *
 *   A  addresses of the answer (one family: A and AAAA are separate questions)
 *   C  those of A confirmed for this name: read back on every required firewall, and held for the told term and the grace
 *
 *   |C| >= min(4, |A|)         tell C, open nothing       the alias grows with use, not with the CDN
 *   C not empty                tell C, open enough of the rest behind the client's back, while the name has room
 *   C empty, the name has room open enough, and hold the answer until they are confirmed; but what was told before is told
 *                              again for as long as it was told: an answer that was fetched ahead takes nothing away (P6)
 *   C empty, it has none, or   tell others that are confirmed for it: they were told before, and are open
 *   no time is left to wait
 *
 * Where writes are dear one confirmed address is enough, and where a name rotates others that are confirmed for it are told
 * while those of the answer are opened behind the client's back. A name that has moved is waited for.
 *
 * Those others are always the ones held longest. The rest run out meanwhile, and make room for what the name leads to by now;
 * where writes are dear they all do, unless an answer names them again.
 */
import { familyOf, type IpAddress } from '../base/ip-address.ts';
import { READ_NOISE_MS } from '../firewall/driver.ts';
import type { HeldAddresses } from './confirmed-view.ts';

/** How many addresses of one family are enough for a client: more only widen the alias. */
export const ENOUGH_ADDRESSES = 4;

/** Seconds below which a confirmed address is not worth telling: the client would be back before it has connected. */
const MIN_TOLD_TTL_S = 1;

/**
 * The way to the firewall and back must never eat up what is told of the shortest ttl: an end may have moved unnoticed twice, between
 * two reads and on its way to the workers.
 */
const MIN_HEADROOM_MS = 2 * READ_NOISE_MS;

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
  /** Until when every required firewall was read back as holding each address for this name, of both families. */
  readonly held: HeldAddresses;
  /** Addresses of one family that a name may have open; the ledger keeps to it, this asks for no more. */
  readonly perName: number;
  /** True where every new address costs a firewall a write: what is confirmed is told as long as there is any. */
  readonly frugal: boolean;
  /** False: asking for it is no use, the ledger leaves it out. */
  readonly mayOpen: (address: IpAddress) => boolean;
  /** Until when a client may keep an address that it was told for this name; undefined: it was not told lately. */
  readonly toldUntil: (address: IpAddress) => number | undefined;
  /** False: nothing more can be confirmed in time, now or for as long as the firewall is down. */
  readonly mayWait: boolean;
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
  const { addresses, ttlS, held } = input;
  const tell: IpAddress[] = [];
  const renew: IpAddress[] = [];
  const rest: IpAddress[] = [];
  let told = ttlS;
  for (const address of addresses) {
    const until = held.get(address);
    const tellable = tellableS(input, until);
    if (until === undefined || !isWorthTelling(tellable, ttlS)) {
      rest.push(address);
      continue;
    }
    tell.push(address);
    told = Math.min(told, tellable);
    if (isRunningOut(input, until)) renew.push(address);
  }
  const enough = input.frugal && tell.length > 0 ? 1 : ENOUGH_ADDRESSES;
  const missing = Math.min(enough, addresses.length) - tell.length;
  if (missing <= 0) return { tell, ttlS: told, open: [], renew };

  const others = tellableOthers(input);
  const room = Math.max(0, input.perName - tell.length - others.length);
  const open = rest.filter(input.mayOpen).slice(0, Math.min(missing, room));
  const isWorthWaiting = open.length > 0 && !(input.frugal && hasRotated(others.length, missing));
  if (tell.length > 0) return { tell, ttlS: told, open, renew };
  if (input.mayWait && isWorthWaiting) return { ...tellAgain(input, others), open, renew };
  const instead = others.slice(0, ENOUGH_ADDRESSES);
  const least = Math.min(ttlS, ...instead.map((address) => tellableS(input, held.get(address))));
  const ending = instead.filter((address) => isRunningOut(input, held.get(address) ?? 0));
  // Where it may have moved and nobody can tell yet, they are told for as long as they were leased: then it is waited for.
  return { tell: instead, ttlS: least, open, renew: input.frugal && input.mayWait ? [] : ending };
}

/** What clients may still keep is told for the rest of that. It needs no renewal: it was leased for as long when it was told. */
function tellAgain(input: GateInput, others: readonly IpAddress[]): Pick<GateDecision, 'tell' | 'ttlS'> {
  const leftS = (address: IpAddress) => ((input.toldUntil(address) ?? 0) - input.now) / 1000;
  const tell = others.filter((address) => leftS(address) > 0).slice(0, ENOUGH_ADDRESSES);
  const terms = tell.flatMap((address) => [
    Math.floor(leftS(address)),
    tellableS(input, input.held.get(address)),
  ]);
  return { tell, ttlS: Math.min(input.ttlS, ...terms) };
}

/** More addresses than one answer brings: the name rotates among them. As many or fewer: it may have moved, and left them. */
export function hasRotated(held: number, missing: number): boolean {
  return held > missing;
}

/** Confirmed addresses of the same name and family that the answer does not name, those first that are held longest. */
function tellableOthers(input: GateInput): readonly IpAddress[] {
  const { addresses, held, ttlS } = input;
  const [first] = addresses;
  if (first === undefined) return [];
  const family = familyOf(first);
  return [...held.entries()]
    .filter(
      ([address, until]) => familyOf(address) === family && isWorthTelling(tellableS(input, until), ttlS),
    )
    .sort(([, a], [, b]) => b - a)
    .map(([address]) => address)
    .filter((address) => !addresses.includes(address));
}

/** Seconds an address may be told: never past what the firewalls hold less the grace. */
function tellableS(input: GateInput, until: number | undefined): number {
  if (until === undefined) return -1;
  if (isHeldToTheEnd(input, until)) return input.ttlS;
  return Math.floor((until - input.graceMs - input.now) / 1000);
}

function isWorthTelling(tellable: number, ttlS: number): boolean {
  return tellable >= Math.min(ttlS, MIN_TOLD_TTL_S);
}

/** Under a rule that ends, the lease ends with it, grace or not. */
function isHeldToTheEnd({ endsAt }: GateInput, until: number): boolean {
  return endsAt !== undefined && until >= endsAt - ROUNDING_MS;
}

function isRunningOut(input: GateInput, until: number): boolean {
  const { graceMs, headroomMs, now, ttlS } = input;
  if (isHeldToTheEnd(input, until)) return false;
  return until - graceMs - now - ttlS * 1000 < headroomFor(ttlS, headroomMs) / 2;
}

/**
 * The moment from which a lease may end early without cutting what was told, or the grace behind it: nothing can be told of it any
 * more, and what was told without a renewal left half of the headroom.
 */
export function mayEndFrom(
  { toldUntil, until }: { readonly toldUntil: number; readonly until: number },
  graceMs: number,
  headroomMs: number,
): number {
  return Math.max(toldUntil + graceMs, until - graceMs, until - headroomFor(0, headroomMs) / 2);
}

/** A lease runs told + grace + headroom, so that its stored end stays ahead of what cache hits tell. */
export function leaseTermMs(ttlS: number, graceMs: number, headroomMs: number): number {
  return ttlS * 1000 + graceMs + headroomFor(ttlS, headroomMs);
}

/** When a lease ends that is made now; one that would end a little before its rule ends with it, as firewalls round: it is told to the end. */
export function leaseEnd(
  { now, ttlS, graceMs, headroomMs }: Pick<GateInput, 'now' | 'ttlS' | 'graceMs' | 'headroomMs'>,
  endsAt = Number.POSITIVE_INFINITY,
): number {
  const until = now + leaseTermMs(ttlS, graceMs, headroomMs);
  return until >= endsAt - ROUNDING_MS ? endsAt : until;
}

function headroomFor(ttlS: number, headroomMs: number): number {
  return Math.max(ttlS * 1000, headroomMs, MIN_HEADROOM_MS);
}
