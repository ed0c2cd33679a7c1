import { KnownError } from '../base/errors.ts';
import { appendAudit } from '../store/audit.ts';
import { type Group, updateGroup } from '../store/groups.ts';
import type { Actor } from './actor.ts';
import type { GroupChange } from './create-group.ts';
import type { ActionDeps } from './deps.ts';
import { type Concern, takeEffect } from './effect.ts';
import { enforcementGap, NAMES_ONLY } from './enforcement.ts';
import { findGroup } from './find-group.ts';
import { assertOurs } from './managed-by-file.ts';
import { decideAnswered, type PlexDirectInput, parsePlexDirect, plexDirectJson } from './plex-direct.ts';
import { openSharedServers, sharedAddresses } from './shared-servers.ts';

export interface ChangeGroupInput {
  readonly group: string;
  readonly mode?: Group['mode'] | undefined;
  /** With mode enforce: go ahead although no firewall was seen to enforce addresses. */
  readonly override?: boolean | undefined;
  readonly refuse?: Group['refuse'] | undefined;
  readonly ipv6?: boolean | undefined;
  readonly plexDirect?: PlexDirectInput | undefined;
}

/** Changes mode and manners of a group. Enforcing without a firewall that enforces takes an explicit override. */
export function changeGroup(deps: ActionDeps) {
  const { db, clock } = deps;
  return async (input: ChangeGroupInput, actor: Actor): Promise<GroupChange> => {
    const before = findGroup(db, input.group);
    assertOurs(deps, before, `group ${before.name}`);
    if (input.mode === 'enforce') assertMayEnforce(deps, before, input.override ?? false);

    const { mode, refuse, ipv6 } = input;
    const plexDirect =
      input.plexDirect === undefined
        ? undefined
        : parsePlexDirect(input.plexDirect, before.plexDirect, deps.isNeverOpened);
    const change = {
      ...(mode === undefined
        ? {}
        : { mode, enforceOverride: mode === 'enforce' && (input.override ?? false) }),
      ...(refuse === undefined ? {} : { refuse }),
      ...(ipv6 === undefined ? {} : { ipv6 }),
      ...(plexDirect === undefined ? {} : { plexDirect }),
    };
    const { group, decided, entry } = db.transaction(() => {
      const decision = { at: clock.now(), by: actor.name };
      const after = updateGroup(db, before.id, change);
      if (plexDirect !== undefined) openSharedServers(db, after, decision);
      const answered = plexDirect === undefined ? [] : decideAnswered(db, after, decision);
      const written = appendAudit(db, {
        at: clock.now(),
        actor: actor.name,
        action: mode === undefined ? 'group.change' : 'group.mode',
        subject: before.name,
        before: recorded(before, plexDirect !== undefined),
        after: recorded(after, plexDirect !== undefined),
        origin: actor.origin,
        reverts: actor.reverts,
      });
      return { group: after, decided: answered, entry: written };
    });
    if (decided.length > 0) deps.news.tell({ kind: 'denials-moved', ids: decided });

    return { group, entry, effect: await takeEffect(deps, concernOf(before, group)) };
  };
}

function recorded({ mode, enforceOverride, refuse, ipv6, plexDirect }: Group, withPlexDirect: boolean) {
  return {
    mode,
    override: enforceOverride,
    refuse,
    ipv6,
    ...(withPlexDirect ? { plexDirect: plexDirectJson(plexDirect) } : {}),
  };
}

function concernOf(before: Group, after: Group): Concern {
  const [was, is] = [sharedAddresses(before.plexDirect), sharedAddresses(after.plexDirect)];
  const opens = is.difference(was);
  const closes = was.difference(is);
  return {
    group: after.name,
    ...(opens.size === 0 ? {} : { opens: [...opens] }),
    ...(closes.size === 0 ? {} : { closes: [...closes] }),
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
