import type { Outcome, Reason, Stage } from '../query-context.ts';
import { CLASS, EDE, isMetaType, RCODE, TYPE, typeName } from '../wire/constants.ts';
import type { Question } from '../wire/query.ts';

/** What no forwarder of this kind answers, whatever the name: other classes, zone transfers, types that no name has. */
export function refuseOutright(): Stage {
  return {
    name: 'refuse-outright',
    resolve: (context, next) => refusalOf(context.query.question) ?? next(context),
  };
}

function refusalOf(question: Question): Outcome | undefined {
  if (question.class !== CLASS.IN)
    return no(RCODE.REFUSED, 'not-in-class', EDE.NOT_SUPPORTED, 'only class IN is answered');
  if (question.type === TYPE.AXFR || question.type === TYPE.IXFR)
    return no(RCODE.REFUSED, 'transfer', EDE.NOT_SUPPORTED, 'no zone transfers here');
  if (question.type === TYPE.MAILA || question.type === TYPE.MAILB)
    return no(RCODE.NOTIMP, 'not-a-type', EDE.NOT_SUPPORTED, 'these types are obsolete: ask for MX');
  if (isMetaType(question.type)) {
    const text = `${typeName(question.type)} is no type that a name can have`;
    return no(RCODE.FORMERR, 'not-a-type', EDE.INVALID_QUERY_TYPE, text);
  }
  return undefined;
}

function no(rcode: number, reason: Reason, code: number, text: string): Outcome {
  return {
    rcode,
    answers: [],
    authority: [],
    ede: { code, text },
    verdict: 'denied',
    reason,
    source: 'local',
  };
}
