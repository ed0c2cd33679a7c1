import type { Clock } from '../../base/clock.ts';
import type { DomainName } from '../../base/domain-name.ts';
import { familyOf, type IpAddress } from '../../base/ip-address.ts';
import type { GatePort, GateResult, Outcome, Stage } from '../query-context.ts';
import { failure, noData } from '../refusal.ts';
import { EDE, TYPE } from '../wire/constants.ts';
import { addressesOf, addressOf, addressRecordLike } from '../wire/records.ts';
import type { ResourceRecord } from '../wire/response.ts';

/** Seconds the other family may be denied when only one could be confirmed in time. */
const UNCONFIRMED_TTL_S = 5;

export interface GateStageOptions {
  readonly gate: GatePort;
  readonly clock: Clock;
  /** Addresses that are told without a lease, because their rule says they are private. */
  readonly isPrivate: (address: IpAddress) => boolean;
}

/** Nothing answered is closed: an address is told when the firewall was read back as holding it, or as the group's hold limit says. */
export function gateAddresses({ gate, clock, isPrivate }: GateStageOptions): Stage {
  return {
    name: 'gate-addresses',
    async resolve(context, next) {
      const outcome = await next(context);
      const { name, type } = context.query.question;
      if ((type !== TYPE.A && type !== TYPE.AAAA) || context.allowed === undefined) return outcome;
      const addresses = addressesOf(outcome.answers);
      const open = addresses.filter((address) => !isPrivate(address));
      if (open.length === 0) return outcome;

      const passedAt = clock.now();
      const result = await gate.pass({
        group: context.group,
        allowed: context.allowed,
        name,
        asked: context.fresh !== true,
        stale: outcome.reason === 'stale',
        addresses: open,
        ttlS: Math.min(...outcome.answers.map((record) => record.ttl)),
        deadline: Math.min(context.deadline, passedAt + context.group.holdLimitMs),
      });
      if (result.kind === 'withhold') return withheld(result, outcome, name);

      // The hold is part of the answer's age.
      const waitedS = Math.floor((clock.now() - passedAt) / 1000);
      const told = new Set([...result.addresses, ...addresses.filter(isPrivate)]);
      const { repeatUntil, ...rest } = outcome;
      const until = clock.now() + result.ttlS * 1000;
      const kept = outcome.answers.filter((record) => isTold(record, told));
      const others = result.addresses.filter(
        (address) => !open.includes(address) && familyOf(address) === (type === TYPE.A ? 4 : 6),
      );
      const like = outcome.answers.find((record) => addressOf(record) !== undefined);
      if (like !== undefined) kept.push(...others.map((address) => addressRecordLike(like, address)));
      return {
        ...rest,
        answers: kept.map((record) => capTtl(older(record, waitedS), result.ttlS)),
        // A part of a signed set is not what was signed.
        ...(kept.length < outcome.answers.length || others.length > 0 ? { authenticData: false } : {}),
        ...(result.confirmed ? {} : { reason: 'not-confirmed' }),
        ...(result.confirmed && repeatUntil !== undefined
          ? { repeatUntil: Math.min(repeatUntil, until) }
          : {}),
        ...(result.standing && { standing: result.standing }),
      };
    },
  };
}

/** The family that could be confirmed is told in its own answer; musl would drop both if this one failed. */
function withheld(
  { why, otherFamily, leftOutBy }: Withheld,
  { source, reason }: Outcome,
  name: DomainName,
): Outcome {
  const ours = leftOutBy === undefined ? 'not-confirmed' : (`cap-${leftOutBy}` as const);
  const failed =
    reason === 'stale'
      ? failure('upstream-failed', { code: EDE.NO_REACHABLE_AUTHORITY, text: why }, source)
      : failure(ours, { code: EDE.NOT_READY, text: why }, source);
  if (!otherFamily) return failed;
  const { rcode, authority } = noData(name, ours, UNCONFIRMED_TTL_S);
  return { ...failed, rcode, authority };
}

type Withheld = Extract<GateResult, { kind: 'withhold' }>;

function isTold(record: ResourceRecord, told: ReadonlySet<IpAddress>): boolean {
  const address = addressOf(record);
  return address === undefined || told.has(address);
}

function older(record: ResourceRecord, seconds: number): ResourceRecord {
  return seconds === 0 ? record : { ...record, ttl: Math.max(0, record.ttl - seconds) };
}

function capTtl(record: ResourceRecord, ttlS: number): ResourceRecord {
  return record.ttl <= ttlS ? record : { ...record, ttl: ttlS };
}
