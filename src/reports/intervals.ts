/** Each interval in which an address was open, with what led to it, what the firewalls did, and what happened next. */
import type { LeaseInterval, Push } from '../actions/query-port.ts';
import { formatDomainName, ROOT } from '../base/domain-name.ts';
import type { IpAddress } from '../base/ip-address.ts';
import type { FeedEntry } from '../store/feeds.ts';
import { listFirewalls } from '../store/firewalls.ts';
import { allGroupNames } from '../store/groups.ts';
import type { StoredLease } from '../store/leases.ts';
import type { Pin } from '../store/pins.ts';
import { getRule } from '../store/rules.ts';
import { type ChangeOfRun, changesOf, firstRunSince } from '../store/runs.ts';
import { answerBefore } from '../store/sightings.ts';
import type { ReportDeps } from './scope.ts';

export interface Intervals {
  ofLease(lease: StoredLease): LeaseInterval;
  ofPin(pin: Pin): LeaseInterval;
  ofFeedEntry(entry: FeedEntry): LeaseInterval;
  /** The last thing each firewall was made to do with the address by then, newest first. */
  lastPushes(address: IpAddress, until: number): readonly Push[];
}

export function readIntervals({ main: db, serves }: Pick<ReportDeps, 'main' | 'serves'>): Intervals {
  const groups = allGroupNames(db);
  const firewalls = new Map(listFirewalls(db).map(({ id, name }) => [id, name]));
  const groupName = (id: number) => groups.get(id) ?? String(id);
  const push = ({ change, cause, confirmed, run }: ChangeOfRun): Push => ({
    firewall: firewalls.get(run.firewallId) ?? String(run.firewallId),
    change,
    cause,
    trigger: run.trigger,
    at: run.startedAt,
    // The run ends with the read-back: what it showed then is what the firewall held.
    ...(confirmed ? { confirmedAt: run.finishedAt } : {}),
  });

  const pushesOf = ({ groupId, address, startedAt, endedAt }: Opened): readonly Push[] => {
    // On other firewalls the same address was opened for other groups: that explains nothing here.
    const of = {
      address,
      firewallIds: [...firewalls].filter(([, name]) => serves(name, groupName(groupId))).map(([id]) => id),
    };
    const first = firstRunSince(db, startedAt);
    const after = endedAt === undefined ? undefined : firstRunSince(db, endedAt);
    // Where another lease had it open already, nothing was pushed for this one.
    const before = changesOf(db, { ...of, to: first, newestFirst: true, limit: 1 });
    const during =
      first === undefined
        ? []
        : changesOf(db, { ...of, from: first, to: after, newestFirst: false, limit: PUSHES_SHOWN });
    const removed =
      after === undefined
        ? []
        : changesOf(db, { ...of, from: after, newestFirst: false, limit: REMOVALS_SHOWN });
    const opened = during.some(({ change }) => change === 'add');
    return [
      ...(opened ? [] : before.filter(({ change }) => change !== 'remove')),
      ...during,
      ...removed.filter(({ change }) => change === 'remove'),
    ].map(push);
  };

  return {
    ofLease(lease) {
      const { address, cause, startedAt, toldUntil, until, endedAt, endCause } = lease;
      const rule = lease.ruleId === undefined ? undefined : getRule(db, lease.ruleId);
      const answer = lease.name === ROOT ? undefined : answerBefore(db, { ...lease, at: startedAt });
      return {
        group: groupName(lease.groupId),
        name: formatDomainName(lease.name),
        address,
        cause,
        ...(rule === undefined
          ? {}
          : {
              rule: { id: rule.id, action: rule.action, pattern: rule.pattern },
              approvedBy: rule.createdBy,
              approvedAt: rule.createdAt,
              note: rule.note,
            }),
        startedAt,
        toldUntil,
        until,
        ...(endedAt === undefined ? {} : { endedAt }),
        ...(endCause === undefined ? {} : { endCause }),
        ...(answer === undefined
          ? {}
          : {
              answer: {
                at: answer.at,
                ttlS: answer.ttlS,
                chain: answer.chain.map(formatDomainName),
                upstream: answer.upstream,
              },
            }),
        pushes: pushesOf(lease),
        next: endedAt === undefined ? `open until ${iso(until)}, unless renewed` : endOfLease(endCause),
      };
    },
    ofPin(pin) {
      const { createdAt, until, endedAt, endedBy, note } = pin;
      return {
        group: groupName(pin.groupId),
        name: note,
        address: pin.prefix.address,
        cause: 'pin',
        approvedBy: pin.createdBy,
        approvedAt: createdAt,
        note,
        startedAt: createdAt,
        ...(until === undefined ? {} : { until }),
        ...(endedAt === undefined ? {} : { endedAt, endCause: 'pin-ended' }),
        pushes: pushesOf({
          groupId: pin.groupId,
          address: pin.prefix.address,
          startedAt: createdAt,
          endedAt,
        }),
        next:
          endedAt !== undefined
            ? `closed by ${endedBy === 'expiry' ? 'its end' : endedBy}`
            : until === undefined
              ? 'open until somebody closes it'
              : `open until ${iso(until)}`,
      };
    },
    ofFeedEntry({ feed, groupId, address, startedAt, endedAt, note, until }) {
      return {
        group: groupName(groupId),
        name: feed,
        address,
        cause: 'feed',
        approvedBy: 'file',
        ...(note === '' ? {} : { note }),
        startedAt,
        ...(until === undefined ? {} : { until }),
        ...(endedAt === undefined ? {} : { endedAt, endCause: 'feed-ended' }),
        pushes: pushesOf({ groupId, address, startedAt, endedAt }),
        next:
          endedAt === undefined
            ? `open as long as feed ${feed} names it${until === undefined ? '' : `, until ${iso(until)} at the latest`}`
            : until !== undefined && endedAt >= until
              ? `the time of feed ${feed} was over`
              : `feed ${feed} named it no more`,
      };
    },
    lastPushes(address, until) {
      const after = firstRunSince(db, until + 1);
      const newest = changesOf(db, { address, to: after, newestFirst: true, limit: LAST_SHOWN }).map(push);
      return newest.filter(({ firewall }, i) => newest.findIndex((one) => one.firewall === firewall) === i);
    },
  };
}

interface Opened {
  readonly groupId: number;
  readonly address: IpAddress;
  readonly startedAt: number;
  readonly endedAt: number | undefined;
}

/** What happened next, in words. */
function endOfLease(cause: string | undefined): string {
  return cause === undefined ? 'ended' : (ENDS[cause] ?? cause);
}

const ENDS: Readonly<Record<string, string>> = {
  expired: 'nobody asked again, and it ended with its term',
  revoked: 'somebody ended the rule, and it was closed at once',
  'rule-ended': 'the temporary rule had its time',
  'pause-ended': 'the pause was over',
  'mode-changed': 'the group changed its mode',
  'name-gone': 'the name was gone',
  'group-gone': 'the group was gone',
  cap: 'there was no room for it any more',
  evicted: 'it made room for others',
  'taken-over': 'another rule or cause took it over, and it stayed open',
};

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

/** Of one interval: the first additions and renewals tell the story, the hundredth renewal adds nothing. */
const PUSHES_SHOWN = 10;
/** One for each firewall of a large house. */
const REMOVALS_SHOWN = 4;
const LAST_SHOWN = 20;
