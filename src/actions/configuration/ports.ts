import type { IpAddress } from '../../base/ip-address.ts';
import type { Change } from '../../config/plan/plan.ts';
import type { Setting } from '../../config/settings.ts';
import type { Rule } from '../../store/rules.ts';
import type { Actor } from '../actor.ts';
import type { GroupPreset } from '../presets/describe.ts';

/** What the configuration as code asks of the running system. */
export interface ConfigurationPort {
  /** What a document would change; absent: what the server's own file, read now, would. Changes nothing. */
  plan(document?: SentDocument): ConfigurationPlan;
  /** Plans again, and writes it: all of it or nothing. Policy and firewalls are for the caller to tell. */
  apply(document: SentDocument | undefined, actor: Actor): ConfigurationPlan;
  /** The rules a group would have, were the document in force: those of its presets and of people beside it among them. Changes nothing. */
  rulesOf(document: SentDocument, group: string): readonly Rule[];
  /** What is in force, as YAML that a plan finds no difference to. */
  export(): string;
  state(): ConfigurationState;
  /** Every key but those of groups, as this run was started with it. */
  settings(): readonly Setting[];
}

export interface SentDocument {
  /** What messages and places call it. */
  readonly name: string;
  readonly text: string;
}

export interface ConfigurationPlan {
  /** The name of the file. */
  readonly source: string;
  readonly file: 'off' | 'seed' | 'managed';
  readonly changes: readonly Change[];
  /** Things that say the same on another line of the file, or are managed from another one. */
  readonly moved: number;
  readonly closes: readonly Closing[];
  /** Differs from what runs, and counts after the next start. */
  readonly atNextStart: readonly Later[];
  /** What people made beside the file; it stays. */
  readonly drift: readonly Drift[];
  /** Presets of its groups that the catalog has newer by now. Applying leaves them: `presets update` takes them. */
  readonly presetUpdates: readonly GroupPreset[];
  /** What else a reader should know, in whole sentences. */
  readonly notes: readonly string[];
}

/** An address that nothing has open any more. */
export interface Closing {
  readonly address: IpAddress;
  readonly group: string;
  /** For which names it was open, or the note of one opened by hand. */
  readonly names: readonly string[];
  /** Whose alias loses it; none where the group has no firewall. */
  readonly firewalls: readonly string[];
}

export interface Later {
  /** As in firewalls[0].alias. */
  readonly key: string;
  readonly place: string | undefined;
}

export interface Drift {
  readonly kind: 'rule' | 'address' | 'pause';
  readonly group: string;
  /** 'allow image.tmdb.org', an address, or empty for a pause. */
  readonly what: string;
  readonly by: string;
  readonly until: number | undefined;
  /** What would make it a part of the file. */
  readonly yaml: string;
}

export interface ConfigurationState {
  /** The file that is followed, or was sent; undefined: none. */
  readonly source: string | undefined;
  readonly managed: boolean;
  /** When it was last put in force. */
  readonly appliedAt: number | undefined;
  /** Why the file as it is now is not in force. */
  readonly problem: { readonly at: number; readonly message: string } | undefined;
  readonly drift: readonly Drift[];
}
