import { parseDomainName } from '../base/domain-name.ts';
import { appendAudit } from '../store/audit.ts';
import type { Actor } from './actor.ts';
import { toName } from './canonical.ts';
import type { ActionDeps } from './deps.ts';

type Deps = Pick<ActionDeps, 'db' | 'clock' | 'cache'>;

/** Forgets the answers for one name or all; from then on the upstreams are asked anew. */
export function flushCache({ db, clock, cache }: Deps) {
  return async (text: string | undefined, actor: Actor): Promise<{ readonly flushed: string }> => {
    const name = text === undefined ? undefined : toName(text);
    appendAudit(db, {
      at: clock.now(),
      actor: actor.name,
      action: 'cache.flush',
      subject: name ?? EVERYTHING,
      origin: actor.origin,
    });
    await cache.flush(name === undefined ? undefined : parseDomainName(name));
    return { flushed: name ?? EVERYTHING };
  };
}

/** No name is written so. */
const EVERYTHING = '*';
