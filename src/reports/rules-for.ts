/** Whether a group's rules allow a name, whatever its mode lets through besides. */
import type { DomainName } from '../base/domain-name.ts';
import { policyRule } from '../control/policy-source.ts';
import { TYPE, typeNumber } from '../dns/wire/constants.ts';
import { formatPattern } from '../policy/pattern.ts';
import { compilePolicy } from '../policy/policy.ts';
import type { Group } from '../store/groups.ts';
import type { MainDb } from '../store/open.ts';
import { rulesInForce } from '../store/rules.ts';

export interface RuleVerdict {
  readonly allowed: boolean;
  /** Refused by a rule that says so. */
  readonly denied: boolean;
  readonly rule?: { readonly id: number; readonly action: 'allow' | 'deny'; readonly pattern: string };
}

/** Judges a name by the types that matter of it: allowed for one of them is allowed. */
export function rulesFor(
  main: MainDb,
  group: Group,
  now: number,
): (name: DomainName, types: readonly string[]) => RuleVerdict {
  const policy = compilePolicy(rulesInForce(main, now, group.id).map(policyRule));
  return (name, types) => {
    const numbers = types.flatMap((type) => typeNumber(type) ?? []);
    const verdicts = (numbers.length === 0 ? [TYPE.A, TYPE.AAAA] : numbers).map((type) =>
      policy.decide(name, type, 'enforce', now),
    );
    const verdict = verdicts.find(({ allowed }) => allowed) ?? verdicts[0];
    const rule = verdict?.rule;
    return {
      allowed: verdict?.allowed === true,
      denied: verdict?.reason === 'deny-rule',
      ...(rule === undefined
        ? {}
        : { rule: { id: rule.id, action: rule.action, pattern: formatPattern(rule.pattern) } }),
    };
  };
}
