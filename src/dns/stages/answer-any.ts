import type { Stage } from '../query-context.ts';
import { CLASS, RCODE, TYPE } from '../wire/constants.ts';

/** Seconds; the answer says nothing that could change. */
const ANY_TTL_S = 3600;

/** CPU "RFC8482" and an empty OS: two character strings (RFC 1035 section 3.3.2). */
const SYNTHESIZED_HINFO = Buffer.from('\x07RFC8482\x00', 'latin1');

/**
 * A question for all types gets one record that says so (RFC 8482 section 4.2). Forwarded, its answer would carry
 * addresses past the gate, and more octets than any other.
 */
export function answerAny(): Stage {
  return {
    name: 'answer-any',
    resolve(context, next) {
      const { name, type } = context.query.question;
      if (type !== TYPE.ANY) return next(context);
      const hinfo = {
        owner: name,
        type: TYPE.HINFO,
        class: CLASS.IN,
        ttl: ANY_TTL_S,
        rdata: SYNTHESIZED_HINFO,
      };
      return {
        rcode: RCODE.NOERROR,
        answers: [hinfo],
        authority: [],
        verdict: 'allowed',
        reason: 'rule',
        source: 'local',
      };
    },
  };
}
