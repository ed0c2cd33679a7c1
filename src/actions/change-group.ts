import { KnownError } from '../base/errors.ts';
import { appendAudit } from '../store/audit.ts';
import { type Group, updateGroup } from '../store/groups.ts';
import type { Actor } from './actor.ts';
import type { GroupChange } from './create-group.ts';
import type { ActionDeps } from './deps.ts';
import { takeEffect } from './effect.ts';
import { enforcementGap, NAMES_ONLY } from './enforcement.ts';
import { findGroup } from './find-group.ts';
import { assertOurs } from './managed-by-file.ts';

export interface ChangeGroupInput {
  readonly group: string;
  readonly mode?: Group['mode'] | undefined;
  /** With mode enforce: go ahead although no firewall was seen to enforce addresses. */
  readonly override?: boolean | undefined;
  readonly refuse?: Group['refuse'] | undefined;
  readonly ipv6?: boolean | undefined;
}

/** Changes mode and manners of a group. Enforcing without a firewall that enforces takes an explicit override. */
export function changeGroup(deps: ActionDeps) {
  const { db, clock } = deps;
  return async (input: ChangeGroupInput, actor: Actor): Promise<GroupChange> => {
    const before = findGroup(db, input.group);
    assertOurs(deps, before, `group ${before.name}`);
    if (input.mode === 'enforce') assertMayEnforce(deps, before, input.override ?? false);

    const { mode, refuse, ipv6 } = input;
    const change = {
      ...(mode === undefined
        ? {}
        : { mode, enforceOverride: mode === 'enforce' && (input.override ?? false) }),
      ...(refuse === undefined ? {} : { refuse }),
      ...(ipv6 === undefined ? {} : { ipv6 }),
    };
    const group = db.transaction(() => {
      const after = updateGroup(db, before.id, change);
      appendAudit(db, {
        at: clock.now(),
        actor: actor.name,
        action: mode === undefined ? 'group.change' : 'group.mode',
        subject: before.name,
        before: {
          mode: before.mode,
          override: before.enforceOverride,
          refuse: before.refuse,
          ipv6: before.ipv6,
        },
        after: { mode: after.mode, override: after.enforceOverride, refuse: after.refuse, ipv6: after.ipv6 },
        origin: actor.origin,
        reverts: actor.reverts,
      });
      return after;
    });

    return { group, effect: await takeEffect(deps, { group: group.name }) };
  };
}

/** Throws enforce-needs-firewall unless the group's firewalls enforce, or the owner says so. */
export function assertMayEnforce({ sync }: Pick<ActionDeps, 'sync'>, group: Group, override: boolean): void {
  if (override) return;
  const firewalls = sync.state().filter((firewall) => firewall.groups.includes(group.name));
  const gap = enforcementGap(firewalls, false);
  if (gap === undefined) return;
  throw new KnownError('enforce-needs-firewall', `${NAMES_ONLY}: ${gap}`, {
    hint: `Connect a firewall whose rule uses the alias; or, to refuse names all the same, say so with {"override": true} (sallyport group ${group.name} --mode enforce --override).`,
  });
}
