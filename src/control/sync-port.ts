import type { SyncPort } from '../actions/ports.ts';
import { KnownError } from '../base/errors.ts';
import type { Firewalls } from './firewalls.ts';

/** What a person may ask of the firewalls by name. */
export function syncPort(firewalls: Firewalls): SyncPort {
  return {
    nudge: () => firewalls.nudgeAll('nudge'),
    run: (name) => firewalls.byName(name).sync.run('person'),
    plan: async (name) => (await firewalls.byName(name).sync.dryRun()).changes,
    state: () => firewalls.reports(),
    holds: (name, address) => firewalls.byName(name).sync.held.has(address),
    drift(name) {
      const firewall = firewalls.byName(name);
      return { missing: firewall.missing(), extra: firewall.unexplained() };
    },
    async release(name) {
      const { sync } = firewalls.byName(name);
      if (!sync.release()) throw nothingHeld(name);
      return sync.run('person');
    },
    async drop(name) {
      if (!firewalls.byName(name).sync.drop()) throw nothingHeld(name);
    },
    createAlias: (name) => firewalls.byName(name).sync.createAlias(),
    examine: (name) => firewalls.byName(name).examine(),
  };
}

function nothingHeld(name: string): KnownError {
  return new KnownError('plan-not-held', `nothing is held for firewall ${name}`, {
    hint: 'It may have been released or dropped before; `sallyport firewalls` shows what waits.',
  });
}
