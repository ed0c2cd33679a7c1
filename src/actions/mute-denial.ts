import { formatDomainName } from '../base/domain-name.ts';
import { KnownError } from '../base/errors.ts';
import { appendAudit } from '../store/audit.ts';
import { type Denial, getDenial, muteDenial as mute, unmuteDenial as unmute } from '../store/denials.ts';
import { getGroup } from '../store/groups.ts';
import type { Actor } from './actor.ts';
import type { ActionDeps } from './deps.ts';

type Deps = Pick<ActionDeps, 'db' | 'clock' | 'news'>;

/** Takes a refused name out of the list; it goes on being refused and counted. */
export function muteDenial(deps: Deps) {
  return (id: number, actor: Actor): Denial => change(deps, 'mute', id, actor);
}

/** Puts it back. */
export function unmuteDenial(deps: Deps) {
  return (id: number, actor: Actor): Denial => change(deps, 'unmute', id, actor);
}

function change({ db, clock, news }: Deps, what: 'mute' | 'unmute', id: number, actor: Actor): Denial {
  const changed = db.transaction(() => {
    const denial = getDenial(db, id);
    const name = formatDomainName(denial.name);
    const moved = what === 'mute' ? mute(db, id) : unmute(db, id);
    if (!moved) throw new KnownError('denial-already-decided', `${name} is ${denial.state} already`);
    appendAudit(db, {
      at: clock.now(),
      actor: actor.name,
      action: `denial.${what}`,
      subject: `${getGroup(db, denial.groupId).name} ${name}`,
      after: { denial: id },
      origin: actor.origin,
      reverts: actor.reverts,
    });
    return getDenial(db, id);
  });
  news.tell({ kind: 'denials-moved', ids: [id] });
  return changed;
}
