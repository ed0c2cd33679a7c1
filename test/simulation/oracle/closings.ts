/** P4 and P5: what leaves a table is told to nobody any more, kept by no outage, and not gone only because we forgot it. */
import type { Firewall, Removal } from '../firewall.ts';
import { MINUTE } from '../world.ts';
import type { Judgements } from './judgements.ts';
import type { OracleParts } from './parts.ts';
import type { Reason, Reasons } from './reasons.ts';
import type { Room } from './room.ts';
import type { Tables } from './tables.ts';
import { OUTAGE_LIMIT_MS, SETTLED_MS } from './terms.ts';

export interface ClosingsParts
  extends Pick<OracleParts, 'firewalls' | 'openings' | 'now' | 'broken' | 'count'> {
  readonly judgements: Judgements;
  readonly reasons: Reasons;
  readonly tables: Tables;
  readonly room: Room;
}

export function judgeClosings(parts: ClosingsParts) {
  const { firewalls, openings, now, broken, count, judgements, reasons, tables, room } = parts;
  let outageSince: number | undefined;

  const closedTooEarly = (firewall: Firewall, address: string, how: Removal): void => {
    const { name: of, kind, groups } = firewall.design;
    for (const group of groups) {
      for (const { name, family, toldUntil, learntUntil } of reasons.of(group, address)) {
        // Nobody waits while learning: what a firewall did not let us renew ends there.
        const isInTrouble = how === 'ended' && now() - tables.of(firewall).disturbedAt < SETTLED_MS[kind];
        const leftMs = Math.max(toldUntil, isInTrouble ? 0 : learntUntil) - now();
        if (leftMs <= 0) continue;
        if (leftMs <= reasons.graceOf(group) && room.isCrowded(firewall, group, name, family)) {
          count('seen: made room within the grace');
          continue;
        }
        broken(
          'P4',
          `${address} was closed on ${of} (${how}) ${leftMs} ms before ${group} may forget ${name}`,
        );
      }
    }
  };

  /** A lease that began after the ledger was lost, and that people have ended before the table was read, is known by its end. */
  const isRevoked = (groups: readonly string[], address: string): boolean => {
    const known = groups.flatMap((group) => [...reasons.of(group, address)]);
    const isRefused = ({ group, name }: Reason) =>
      judgements.of(group, name).every(({ allowed }) => !allowed);
    return known.length > 0 && known.every(isRefused);
  };

  const closedByFailure = (firewall: Firewall, address: string): void => {
    const { name, groups } = firewall.design;
    const one = tables.of(firewall);
    if (openings.mustStay(groups, address))
      broken('P5', `${address} was closed on ${name} although it is pinned or listed`);
    if ((one.keptUntil.get(address) ?? 0) > now() && !isRevoked(groups, address))
      broken('P5', `${address} was closed on ${name} although our ledger was lost`);
    if (outageSince === undefined || now() - outageSince >= OUTAGE_LIMIT_MS) return;
    const names = [...(one.protected.get(address) ?? [])];
    if (names.length > 0)
      broken('P5', `${address} of ${names.join(', ')} was closed on ${name} while upstreams fail`);
  };

  return {
    removed(firewall: Firewall, address: string, how: Removal): void {
      const one = tables.of(firewall);
      if (how === 'asked' && firewall.foreign.has(address)) tables.fought(firewall, address);
      if (how === 'own') {
        one.losses.set(address, { at: now(), noticed: false });
        return;
      }
      one.losses.delete(address);
      one.waiting.delete(address);
      if (!firewall.design.required) return;
      closedTooEarly(firewall, address, how);
      if (how === 'asked') closedByFailure(firewall, address);
    },

    added(firewall: Firewall, address: string): void {
      tables.of(firewall).losses.delete(address);
    },

    /** Once a minute: what a firewall lost by itself is back once it has worked for a while. */
    lookForLost(firewall: Firewall): void {
      const { name, kind, required, groups } = firewall.design;
      const { disturbedAt, losses } = tables.of(firewall);
      if (!required || now() - disturbedAt < SETTLED_MS[kind]) return;
      for (const [address, loss] of losses) {
        if (now() - loss.at < SETTLED_MS[kind]) continue;
        for (const group of groups) {
          for (const reason of reasons.of(group, address)) {
            const { toldUntil, learntUntil } = reason;
            if (Math.max(toldUntil, learntUntil) > now() + MINUTE && !tables.isOpen(firewall, address))
              broken('P4', `${name} lost ${address} of ${reason.name}, and works again, but it is not back`);
          }
        }
        losses.delete(address);
      }
    },

    /** What is told now must outlive the outage. */
    outageBegins(): void {
      outageSince = now();
      for (const firewall of firewalls) {
        const kept = tables.of(firewall).protected;
        kept.clear();
        if (!firewall.design.required) continue;
        for (const address of firewall.table.keys()) {
          const names = firewall.design.groups.flatMap((group) =>
            [...reasons.of(group, address)]
              .filter(({ toldUntil, learntUntil }) => Math.max(toldUntil, learntUntil) > now() + MINUTE)
              .filter(({ name }) => {
                const said = judgements.latest(group, name);
                return said?.allowed && said.endsAt === undefined;
              })
              .map(({ name }) => name),
          );
          if (names.length > 0) kept.set(address, new Set(names));
        }
      }
    },
    outageEnds(): void {
      outageSince = undefined;
      for (const table of tables.all()) table.protected.clear();
    },
  };
}
