/** Sees when a client is told addresses that no answer in force names: those that are open for the name, in their place. */
import type { ToldReply } from './oracle/parts.ts';
import { SECOND } from './world.ts';

export interface StickyWatch {
  answered(name: string, family: 4 | 6, addresses: readonly string[], ttlS: number): void;
  failed(name: string, family: 4 | 6): void;
  isSticky(reply: ToldReply): boolean;
}

export function watchStickyChoices(now: () => number): StickyWatch {
  /** By family and name: until when each address is named by an answer. */
  const named = new Map<string, Map<string, number>>();
  return {
    answered(name, family, addresses, ttlS) {
      const key = `${family} ${name}`;
      const until = named.get(key) ?? new Map<string, number>();
      for (const address of addresses) until.set(address, now() + ttlS * SECOND);
      named.set(key, until);
    },
    // From here on the last good answer is told for longer than it said.
    failed: (name, family) => void named.delete(`${family} ${name}`),
    isSticky({ name, type, addresses }) {
      const until = named.get(`${type === 'A' ? 4 : 6} ${name}`);
      return until !== undefined && addresses.some(({ address }) => (until.get(address) ?? 0) < now());
    },
  };
}
