import type { Clock } from '../../base/clock.ts';
import { formatDomainName, ROOT } from '../../base/domain-name.ts';
import type { IpAddress } from '../../base/ip-address.ts';
import type { GatePort, QueryContext, Stage } from '../query-context.ts';
import { noData } from '../refusal.ts';
import { EDE, TYPE } from '../wire/constants.ts';
import { toDomainName } from '../wire/name.ts';
import { addressOf } from '../wire/records.ts';
import type { ResourceRecord } from '../wire/response.ts';
import {
  parseServiceBinding,
  type ServiceBinding,
  SVC_PARAM,
  withHints,
  withoutParam,
  writeServiceBinding,
} from '../wire/svcb.ts';

export interface SanitiseOptions {
  readonly clock: Clock;
  readonly gate: Pick<GatePort, 'tellableUntil'>;
  /** Loopback, private, link-local ...: an address no public name should have (rebinding). */
  readonly isPrivate: (address: IpAddress) => boolean;
  /** Addresses that may never be opened, so telling them is no use either. */
  readonly isNeverOpened: (address: IpAddress) => boolean;
}

/** Takes out addresses a public name has no business with, and what HTTPS and SVCB records say that would lead past the gate. */
export function sanitise({ clock, gate, isPrivate, isNeverOpened }: SanitiseOptions): Stage {
  return {
    name: 'sanitise',
    async resolve(context, next) {
      const outcome = await next(context);
      if (outcome.answers.length === 0) return outcome;
      const { name, type } = context.query.question;
      const answers = outcome.answers.flatMap((record) => sanitised(record, context));
      const isSame = answers.length === outcome.answers.length && answers.every(isAmong(outcome.answers));
      if (isSame) return outcome;
      const isOfType = (record: ResourceRecord) => record.type === type;
      if (outcome.answers.some(isOfType) && !answers.some(isOfType)) {
        const text = `every address of ${formatDomainName(name)} is one that is never told; private ones are where its rule says private`;
        const ede = { code: EDE.BLOCKED, text };
        return { ...noData(name, outcome.reason), ede, source: outcome.source };
      }
      // What the upstream vouched for was another set of records.
      return { ...outcome, answers, authenticData: false };
    },
  };

  /** The record, a poorer one, or none. */
  function sanitised(record: ResourceRecord, context: QueryContext): readonly ResourceRecord[] {
    const address = addressOf(record);
    if (address !== undefined) return mayBeTold(address, context) ? [record] : [];
    if (record.type !== TYPE.HTTPS && record.type !== TYPE.SVCB) return [record];
    const binding = parseServiceBinding(record.rdata);
    if (binding === undefined) return context.group.gated ? [] : [record];
    const poorer = behindTheGate(binding, record, context);
    return [poorer === binding ? record : { ...record, rdata: writeServiceBinding(poorer) }];
  }

  function mayBeTold(address: IpAddress, { allowed, group }: QueryContext): boolean {
    if (isPrivate(address)) return allowed?.rule?.private === true;
    return !(group.gated && isNeverOpened(address));
  }

  /** Hints are addresses nobody leased, and ECH hides the name that is connected to: in a gated group neither may lead past the gate. */
  function behindTheGate(
    binding: ServiceBinding,
    record: ResourceRecord,
    context: QueryContext,
  ): ServiceBinding {
    const toldUntil = clock.now() + record.ttl * 1000;
    const { group, query } = context;
    if (!group.gated) return withHints(binding, (hint) => mayBeTold(hint, context));
    const target = toDomainName(binding.target.toString('latin1'));
    const names = target === ROOT ? [query.question.name, record.owner] : [query.question.name, target];
    const isHeld = (hint: IpAddress) =>
      names.some((name) => (gate.tellableUntil(group, name, hint) ?? 0) >= toldUntil);
    const isTold = (hint: IpAddress) => mayBeTold(hint, context) && (isPrivate(hint) || isHeld(hint));
    return withoutParam(withHints(binding, isTold), SVC_PARAM.ECH);
  }
}

function isAmong(records: readonly ResourceRecord[]): (record: ResourceRecord, i: number) => boolean {
  return (record, i) => record === records[i];
}
