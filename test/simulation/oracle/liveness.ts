/** P6: where nothing is wrong, and where all that is needed was told before, an allowed name is answered, and in time. */
import type { Firewall } from '../firewall.ts';
import type { Quiet } from '../quiet.ts';
import { MINUTE, SECOND } from '../world.ts';
import type { Judgements } from './judgements.ts';
import type { OracleParts, ToldReply } from './parts.ts';
import type { Room } from './room.ts';
import type { Tables } from './tables.ts';
import { DEADLINE_MS, QUIET_MS, ROUNDING_MS, STALE_TTL_S } from './terms.ts';

export interface LivenessParts extends Pick<OracleParts, 'design' | 'now' | 'broken' | 'count'> {
  readonly quiet: Quiet;
  readonly judgements: Judgements;
  readonly tables: Tables;
  readonly room: Room;
  readonly requiredOf: (group: string) => readonly Firewall[];
}

/** How long a decision, and the end of one, must have stood. */
const STANDING_MS = MINUTE;

/**
 *   quiet for minutes, allowed, it has addresses    must be told some
 *   quiet for minutes, refused                      must be refused, and told none
 *   told before, its ttl runs, its addresses have   must be told again, whatever else is down; unless its upstream has said since
 *   been open since                                 that there is no such name: then that is told
 */
export function judgeLiveness(parts: LivenessParts) {
  const { design, now, broken, count, quiet, judgements, tables, room, requiredOf } = parts;
  const groups = new Map(design.groups.map((group) => [group.name, group]));
  let standing: object | undefined;
  let standingSince = 0;
  /** What a cache must have: by name and question, until when it was told, and what. */
  let told = new Map<string, Map<string, ToldBefore>>();
  /** When an address was last gone from a table: it is read back anew before it is told. */
  const goneAt = new Map<Firewall, Map<string, number>>();
  const known = new Set<string>();

  const haveStood = (): boolean => {
    const latest = judgements.standing();
    if (latest !== standing) {
      standing = latest;
      standingSince = now();
      told = new Map();
    }
    return now() - standingSince > STANDING_MS;
  };

  /** Where nothing is certain to be opened in time, a strict group fails; where there is no room, nobody is told. */
  const mayFail = ({ group, name, type }: ToldReply): boolean => {
    const isStrict = groups.get(group)?.onHoldLimit === 'servfail';
    const isDear = requiredOf(group).some((firewall) => firewall.design.kind === 'dear');
    return (isStrict && isDear) || room.mayBeLeftOut(group, name, type === 'A' ? 4 : 6);
  };
  /** Names below a wildcard may be more than its budget when they are new. */
  const isKnown = ({ group, name }: ToldReply): boolean =>
    known.has(`${group} ${name}`) || groups.get(group)?.rules.includes(name) === true;

  const judgeQuiet = (reply: ToldReply, rcode: string): void => {
    const { group, name, type, addresses } = reply;
    const what = `${group} asked ${name} ${type} and was told ${rcode} with ${addresses.length} addresses`;
    const said = judgements.of(group, name);
    if (said.length > 0 && said.every(({ allowed }) => !allowed)) {
      count('seen: refusal in quiet');
      if (addresses.length > 0 || rcode === 'SERVFAIL') broken('P1', `${what}, which is refused`);
      return;
    }
    if (!said.every(({ allowed }) => allowed) || !isKnown(reply)) return;
    if ((design.names.get(name)?.pool[type === 'A' ? 4 : 6].length ?? 0) === 0 || mayFail(reply)) return;
    count('seen: answer in quiet');
    if (rcode !== 'NOERROR' || addresses.length === 0) broken('P6', `${what} while nothing is wrong`);
    if (reply.tookMs > DEADLINE_MS) broken('P6', `${what} after ${reply.tookMs} ms`);
  };

  const areOpen = (group: string, addresses: readonly string[]): boolean =>
    requiredOf(group).every((firewall) => addresses.every((address) => tables.isOpen(firewall, address)));

  const judgeAgain = (reply: ToldReply, rcode: string): void => {
    const { group, name, addresses } = reply;
    const before = told.get(name)?.get(questionOf(reply));
    if (before === undefined || before.until - ROUNDING_MS <= now()) return;
    // A decision reaches the workers before it is known to be in force.
    if (!judgements.of(group, name).every(({ allowed }) => allowed)) return;
    const hasBeenOpen =
      areOpen(group, before.addresses) &&
      requiredOf(group).every((firewall) =>
        before.addresses.every((address) => (goneAt.get(firewall)?.get(address) ?? 0) < before.at),
      );
    if (!hasBeenOpen) return;
    count('seen: confirmed before');
    const what = `${group}, told ${name} ${reply.type} before, asked again`;
    if (rcode !== 'NOERROR' || addresses.length === 0)
      broken('P6', `${what} and was told ${rcode} with ${addresses.length} addresses`);
    // Before the last good answer is told again its upstream is asked.
    const isLastGood = before.until - before.at <= STALE_TTL_S * SECOND;
    const wasToldThen = before.at <= now() - reply.tookMs;
    if (wasToldThen && !isLastGood && reply.tookMs > 0)
      broken('P6', `${what} and was told after ${reply.tookMs} ms`);
  };

  return {
    replied(reply: ToldReply, rcode: string): void {
      const { group, name, addresses } = reply;
      const haveStoodLong = haveStood();
      if (quiet.lasts(requiredOf(group)) > QUIET_MS && haveStoodLong) judgeQuiet(reply, rcode);
      judgeAgain(reply, rcode);
      if (addresses.length === 0) return;
      known.add(`${group} ${name}`);
      const until = now() + 1000 * Math.min(...addresses.map(({ ttlS }) => ttlS));
      const ofName = told.get(name) ?? new Map<string, ToldBefore>();
      told.set(name, ofName);
      const all = addresses.map(({ address }) => address);
      // Told while nobody had noticed yet that a firewall lost it: given back, it is read back before it is told again.
      if (areOpen(group, all)) ofName.set(questionOf(reply), { at: now(), until, addresses: all });
      else ofName.delete(questionOf(reply));
    },
    removed(firewall: Firewall, address: string): void {
      const ofFirewall = goneAt.get(firewall) ?? new Map<string, number>();
      goneAt.set(firewall, ofFirewall.set(address, now()));
    },
    /** The upstream's last word: asked ahead of the end of what it said before, it takes that back. */
    denied: (name: string): void => void told.delete(name),
    /** What its cache knew is gone with it. */
    dataPlaneGone(): void {
      told = new Map();
    },
  };
}

interface ToldBefore {
  readonly at: number;
  readonly until: number;
  readonly addresses: readonly string[];
}

/** What a cache tells apart of one name. */
function questionOf({ group, type, edns }: ToldReply): string {
  return `${group} ${type} ${edns}`;
}
