import type { Clock } from '../base/clock.ts';

/** Milliseconds after which the API is loaded though a firewall has not answered. */
const MOST_WAIT_MS = 1500;

export interface Readiness {
  /** Looks whether it has come to be so now. */
  look(): void;
  /** Resolves when the data plane has said what it listens on. */
  readonly listening: Promise<void>;
  /** Resolves when names are answered as well as they will be for now; at the latest when a person has waited long enough. */
  readonly answering: Promise<void>;
}

/** What a start has come to, asked of its parts whenever one of them has changed. */
export function createReadiness(
  clock: Clock,
  is: { readonly listening: () => boolean; readonly everyFirewallLookedAt: () => boolean },
): Readiness {
  const listening = Promise.withResolvers<void>();
  const answering = Promise.withResolvers<void>();
  clock.after(MOST_WAIT_MS, answering.resolve);
  return {
    look() {
      if (!is.listening()) return;
      listening.resolve();
      if (is.everyFirewallLookedAt()) answering.resolve();
    },
    listening: listening.promise,
    answering: answering.promise,
  };
}
