/**
 * Takes an entry of the audit back: by the action a person would use, so that its checks hold and it is written down as any other, in an
 * entry that names the one it reverts.
 */
import { KnownError } from '../../base/errors.ts';
import { type AuditEntry, getAuditEntry, revertsOf } from '../../store/audit.ts';
import type { Actor } from '../actor.ts';
import type { Effect } from '../effect.ts';
import { giveRoleBack, removeNewUser, revokeNewToken } from './accounts.ts';
import { closeAgain, openAgain, takeBackAddressChange } from './addresses.ts';
import { addClientAgain, endPause, pauseAgain, removeClientAgain, takeBackGroupChange } from './groups.ts';
import { endManyAgain, formerEnds, makeManyAgain } from './many-rules.ts';
import { goBack, leaveAgain, takeAgain } from './presets.ts';
import { takeBackReproduced } from './reproduced.ts';
import {
  bringBack,
  makeRuleAgain,
  muteAgain,
  takeBackImport,
  takeBackRule,
  takeBackRuleChange,
} from './rules.ts';
import { type Acts, cannot, type FindWay, type Way, type WayDeps } from './way.ts';

const WAYS: Readonly<Record<string, FindWay>> = {
  'rule.allow': takeBackRule,
  'rule.deny': takeBackRule,
  'denial.allow': takeBackRule,
  'rule.change': takeBackRuleChange,
  'rule.end': makeRuleAgain,
  'rule.import': takeBackImport,
  'rule.end-many': makeManyAgain,
  'rule.extend-many': formerEnds,
  'rule.make-again': endManyAgain,
  'denial.mute': bringBack,
  'denial.unmute': muteAgain,
  'group.mode': takeBackGroupChange,
  'group.change': takeBackGroupChange,
  'group.pause': endPause,
  'group.resume': pauseAgain,
  'group.client-add': removeClientAgain,
  'group.client-remove': addClientAgain,
  'reproduce.allow': takeBackReproduced,
  'reproduce.keep': takeBackReproduced,
  'address.open': closeAgain,
  'address.change': takeBackAddressChange,
  'address.close': openAgain,
  'preset.add': leaveAgain,
  'preset.remove': takeAgain,
  'preset.update': goBack,
  'user.create': removeNewUser,
  'user.role': giveRoleBack,
  'token.create': revokeNewToken,
};

/** Why nothing takes these back. */
const FINAL: Readonly<Record<string, string>> = {
  'rule.import-undo': 'import the list again',
  'group.create': 'groups are not removed; take its clients out of it',
  'feed.accept': 'the list is in force; the next fetch decides what comes after it',
  'plan.release': 'what was removed is opened again when it is needed',
  'plan.drop': 'what was kept stays for a day',
  'reproduce.start': 'end it with `sallyport reproduce stop`',
  'reproduce.stop': 'begin again with `sallyport reproduce start`',
  'reproduce.drop': 'allow the names again',
  'cache.flush': 'what was forgotten is asked anew',
  'address.drop': 'it is open again as soon as the name is asked',
  'alias.create': 'the alias is on the firewall; remove it there',
  'firewall.trust': 'the pin is in the configuration; change it there',
  'firewall.round-trip': 'it left nothing behind',
  'user.remove': 'the password is gone; make the user again',
  'user.password': 'the password before is not kept',
  'token.revoke': 'the token is gone; make another one',
};

export interface Reverted {
  /** The entry that was written. */
  readonly entry: AuditEntry;
  readonly effect?: Effect;
}

/** Whether an entry can be taken back, and if not, why. Changes nothing. */
export function findWay(deps: WayDeps, entry: AuditEntry, revertedBy: number | undefined): Way {
  if (revertedBy !== undefined) return cannot(`entry ${revertedBy} took it back`);
  const find = WAYS[entry.action];
  if (find !== undefined) return find(deps, entry);
  return cannot(FINAL[entry.action] ?? `nothing takes back ${entry.action}`);
}

export function revertEntry(deps: WayDeps, acts: Acts) {
  return async (id: number, actor: Actor): Promise<Reverted> => {
    const entry = getAuditEntry(deps.db, id);
    const way = findWay(deps, entry, revertsOf(deps.db, [id]).get(id));
    if ('why' in way) {
      throw new KnownError('not-revertible', `entry ${id} (${entry.action} ${entry.subject}): ${way.why}`);
    }
    const { effect } = await way.run(acts, { ...actor, reverts: id });
    const by = revertsOf(deps.db, [id]).get(id);
    if (by === undefined) throw new Error(`what took back entry ${id} was not written down`);
    return { entry: getAuditEntry(deps.db, by), ...(effect === undefined ? {} : { effect }) };
  };
}
