import type { Stage } from '../query-context.ts';
import { noData } from '../refusal.ts';
import { EDE, TYPE } from '../wire/constants.ts';

/** Where IPv6 is off, AAAA is NODATA: musl fails the whole look-up on NXDOMAIN or silence in either family. */
export function answerOneFamily(): Stage {
  return {
    name: 'answer-one-family',
    resolve(context, next) {
      const { name, type } = context.query.question;
      if (type !== TYPE.AAAA || context.group.ipv6) return next(context);
      const ede = { code: EDE.BLOCKED, text: `group ${context.group.name} has IPv6 off (ipv6: false)` };
      return { ...noData(name, 'no-ipv6', 60), ede };
    },
  };
}
