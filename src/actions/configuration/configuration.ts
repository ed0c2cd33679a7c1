import type { Actor } from '../actor.ts';
import type { ActionDeps } from '../deps.ts';
import { type Effect, takeEffect } from '../effect.ts';
import type { ConfigurationPlan, SentDocument } from './ports.ts';

type Deps = Pick<ActionDeps, 'clock' | 'configuration' | 'policy' | 'sync' | 'leases' | 'news'>;

/** What a file would change, what that would close, and what people made beside it. Changes nothing. */
export function planConfiguration({ configuration }: Pick<ActionDeps, 'configuration'>) {
  return (document: SentDocument | undefined): ConfigurationPlan => configuration.plan(document);
}

export interface ConfigurationApplied {
  readonly plan: ConfigurationPlan;
  /** Absent when there was nothing to change. */
  readonly effect?: Effect;
}

/** All of a file or nothing of it; in force for the next query when this resolves. Large removals still wait for a person. */
export function applyConfiguration(deps: Deps) {
  return async (document: SentDocument | undefined, actor: Actor): Promise<ConfigurationApplied> => {
    const plan = deps.configuration.apply(document, actor);
    if (plan.changes.length === 0) return { plan };
    return { plan, effect: await takeEffect(deps, {}) };
  };
}

/** What is in force as YAML that a plan finds no difference to. */
export function exportConfiguration({ configuration }: Pick<ActionDeps, 'configuration'>) {
  return (): string => configuration.export();
}
