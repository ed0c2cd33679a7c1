import type { Places } from '../limits/places.ts';
import type { Stage } from '../query-context.ts';
import { failure } from '../refusal.ts';
import { EDE } from '../wire/constants.ts';

/** So many questions at an upstream at once: a client that asks for thousands of names slows its own, not the others'. */
export function limitExchanges(exchanges: Places): Stage {
  return {
    name: 'limit-exchanges',
    async resolve(context, next) {
      // Our own look-ups are few, and keep open what is open.
      if (context.fresh === true) return next(context);
      if (context.crowded === true || !exchanges.take(context.client))
        return failure('too-many', { code: EDE.OTHER, text: 'too many questions are under way' });
      try {
        return await next(context);
      } finally {
        exchanges.giveBack(context.client);
      }
    },
  };
}
