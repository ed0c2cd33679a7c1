import { KnownError } from '../base/errors.ts';
import type { AliasChanges, Finding } from '../firewall/driver.ts';
import { appendAudit } from '../store/audit.ts';
import type { SyncRun } from '../sync/sync-run.ts';
import type { Actor } from './actor.ts';
import type { ActionDeps } from './deps.ts';

type Deps = Pick<ActionDeps, 'db' | 'clock' | 'sync'>;

/** Reads, applies and reads back now. */
export function syncNow({ sync }: Pick<ActionDeps, 'sync'>) {
  return (firewall: string): Promise<SyncRun> => sync.run(firewall);
}

/** What a sync would change; changes nothing. */
export function planSync({ sync }: Pick<ActionDeps, 'sync'>) {
  return (firewall: string): Promise<AliasChanges> => sync.plan(firewall);
}

/** Looks at everything an owner can get wrong; changes nothing. */
export function examineFirewall({ sync }: Pick<ActionDeps, 'sync'>) {
  return (firewall: string): Promise<readonly Finding[]> => sync.examine(firewall);
}

/** Makes the alias that the configuration names; the one thing that changes a firewall for good, so a person asks for it. */
export function createAlias({ db, clock, sync }: Deps) {
  return async (firewall: string, actor: Actor): Promise<SyncRun> => {
    const report = sync.state().find((known) => known.name === firewall);
    const run = await sync.createAlias(firewall);
    appendAudit(db, {
      at: clock.now(),
      actor: actor.name,
      action: 'alias.create',
      subject: firewall,
      after: { alias: report?.alias ?? '' },
      origin: actor.origin,
    });
    return run;
  };
}

/** A person's OK for a large removal. Written down before it is done: it cannot be taken back. */
export function releasePlan(deps: Deps) {
  return async (firewall: string, actor: Actor): Promise<SyncRun> => {
    record(deps, 'plan.release', firewall, actor);
    return deps.sync.release(firewall);
  };
}

/** A person's no to a large removal. */
export function dropPlan(deps: Deps) {
  return async (firewall: string, actor: Actor): Promise<void> => {
    record(deps, 'plan.drop', firewall, actor);
    await deps.sync.drop(firewall);
  };
}

function record({ db, clock, sync }: Deps, action: string, firewall: string, actor: Actor): void {
  const report = sync.state().find((known) => known.name === firewall);
  if (report === undefined) throw new KnownError('not-found', `there is no firewall ${firewall}`);
  const { heldPlan } = report.status;
  if (heldPlan === undefined)
    throw new KnownError('plan-not-held', `nothing is held for firewall ${firewall}`);
  appendAudit(db, {
    at: clock.now(),
    actor: actor.name,
    action,
    subject: firewall,
    before: { why: heldPlan.why, removals: heldPlan.removals },
    origin: actor.origin,
  });
}
