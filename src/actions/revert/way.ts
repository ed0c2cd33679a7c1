/** What is needed to take an entry of the audit back: the same actions a person would use, and what the entry says. */
import type { AuditEntry } from '../../store/audit.ts';
import type { Json } from '../../store/settings.ts';
import type { revokeApiToken } from '../accounts/api-tokens.ts';
import type { changeUser, removeUser } from '../accounts/users.ts';
import type { Actor } from '../actor.ts';
import type { allowName, denyName } from '../allow-name.ts';
import type { endRules, makeRulesAgain, setRuleEnds } from '../bulk-rules.ts';
import type { addClient, removeClient } from '../change-client.ts';
import type { changeGroup } from '../change-group.ts';
import type { changeRule } from '../change-rule.ts';
import type { ActionDeps } from '../deps.ts';
import type { Effect } from '../effect.ts';
import type { endRule } from '../end-rule.ts';
import type { enforceGroup, learnGroup } from '../enforce-group.ts';
import type { undoImport } from '../import-rules.ts';
import type { muteDenial, unmuteDenial } from '../mute-denial.ts';
import type { pauseGroup, resumeGroup } from '../pause-group.ts';
import type { changePinned, pinAddress, unpinAddress } from '../pin-address.ts';
import type { addPreset, removePreset, updatePreset } from '../presets/group-presets.ts';
import type { endReproduced } from '../reproduce/rules.ts';

export interface Acts {
  readonly allowName: ReturnType<typeof allowName>;
  readonly denyName: ReturnType<typeof denyName>;
  readonly changeRule: ReturnType<typeof changeRule>;
  readonly endRule: ReturnType<typeof endRule>;
  readonly undoImport: ReturnType<typeof undoImport>;
  readonly endRules: ReturnType<typeof endRules>;
  readonly setRuleEnds: ReturnType<typeof setRuleEnds>;
  readonly makeRulesAgain: ReturnType<typeof makeRulesAgain>;
  readonly muteDenial: ReturnType<typeof muteDenial>;
  readonly unmuteDenial: ReturnType<typeof unmuteDenial>;
  readonly changeGroup: ReturnType<typeof changeGroup>;
  readonly pauseGroup: ReturnType<typeof pauseGroup>;
  readonly enforceGroup: ReturnType<typeof enforceGroup>;
  readonly learnGroup: ReturnType<typeof learnGroup>;
  readonly endReproduced: ReturnType<typeof endReproduced>;
  readonly resumeGroup: ReturnType<typeof resumeGroup>;
  readonly addClient: ReturnType<typeof addClient>;
  readonly removeClient: ReturnType<typeof removeClient>;
  readonly addPreset: ReturnType<typeof addPreset>;
  readonly updatePreset: ReturnType<typeof updatePreset>;
  readonly removePreset: ReturnType<typeof removePreset>;
  readonly pinAddress: ReturnType<typeof pinAddress>;
  readonly changePinned: ReturnType<typeof changePinned>;
  readonly unpinAddress: ReturnType<typeof unpinAddress>;
  readonly changeUser: ReturnType<typeof changeUser>;
  readonly removeUser: ReturnType<typeof removeUser>;
  readonly revokeApiToken: ReturnType<typeof revokeApiToken>;
}

export type WayDeps = Pick<ActionDeps, 'db' | 'clock' | 'managedByFile'>;

/** How to take an entry back, or why that cannot be. */
export type Way =
  | { readonly run: (acts: Acts, actor: Actor) => Promise<{ readonly effect?: Effect }> }
  | { readonly why: string };

export type FindWay = (deps: WayDeps, entry: AuditEntry) => Way;

export function cannot(why: string): Way {
  return { why };
}

/** A value of what was before or after; undefined where the entry does not have it. */
export function valueIn(record: Json | null, key: string): Json | undefined {
  if (typeof record !== 'object' || record === null || Array.isArray(record)) return undefined;
  return (record as { readonly [key: string]: Json })[key];
}

export function numberIn(record: Json | null, key: string): number | undefined {
  const value = valueIn(record, key);
  return typeof value === 'number' ? value : undefined;
}

export function textIn(record: Json | null, key: string): string | undefined {
  const value = valueIn(record, key);
  return typeof value === 'string' ? value : undefined;
}

/** An end as entries have it: null is none; undefined: the entry does not say. */
export function endIn(record: Json | null, key: string): number | null | undefined {
  const value = valueIn(record, key);
  return typeof value === 'number' || value === null ? value : undefined;
}

export const MANAGED = 'it is written in sallyport.yaml: change it there';
export const TOO_LITTLE = 'the entry does not say enough';
