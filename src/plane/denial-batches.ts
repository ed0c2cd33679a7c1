/**
 * Refused names and unknown hosts, counted and sent a few times a second; bounded, whatever a hostile client asks.
 * The next batch waits until the one before is written down: a control plane that is slow gets fewer, never a heap.
 */
import type { Clock } from '../base/clock.ts';
import type { DomainName } from '../base/domain-name.ts';
import type { IpAddress } from '../base/ip-address.ts';
import type { DataMessage, DenialEvent, UnknownClientEvent } from './protocol.ts';

/** Milliseconds a refusal waits for company; a person sees it at once all the same. */
const EVERY_MS = 250;
/** Different refusals kept between two batches: a host that asks more than this in a quarter of a second is not being helped. */
const MAX_DENIALS = 2000;
/** Unknown hosts kept between two batches, and names of each; made-up addresses cost nothing to whoever sends them. */
const MAX_HOSTS = 200;
const MAX_NAMES_OF_HOST = 50;

/** One refusal, or several of the same. */
export interface Denial {
  readonly groupId: number;
  readonly name: DomainName;
  readonly qtype: number;
  readonly client: IpAddress;
  readonly reason: string;
  readonly ruleId: number | undefined;
  readonly at: number;
  readonly count: number;
}

export function createDenialBatches(clock: Clock, post: (message: DataMessage) => void) {
  let denials = new Map<string, DenialEvent>();
  let hosts = new Map<IpAddress, { names: Set<DomainName>; count: number; lastAt: number }>();
  let dropped = 0;
  let cancel: (() => void) | undefined;
  /** Batches sent and not yet taken. */
  let outstanding = 0;

  const send = (message: DataMessage) => {
    outstanding++;
    post(message);
  };
  const flush = () => {
    cancel?.();
    cancel = undefined;
    if (denials.size > 0) send({ kind: 'denials', batch: [...denials.values()] });
    if (hosts.size > 0) {
      const batch = [...hosts].map(
        ([client, host]): UnknownClientEvent => ({ client, ...host, names: [...host.names] }),
      );
      send({ kind: 'hosts', batch });
    }
    denials = new Map();
    hosts = new Map();
  };
  const later = () => {
    if (outstanding === 0) cancel ??= clock.after(EVERY_MS, flush);
  };

  return {
    flush,
    dropped: () => dropped,
    taken(): void {
      outstanding = Math.max(0, outstanding - 1);
      if (denials.size > 0 || hosts.size > 0) later();
    },
    /** Nobody will take what was sent to a control plane that is gone. */
    startOver(): void {
      outstanding = 0;
      if (denials.size > 0 || hosts.size > 0) later();
    },
    denied({ at, count, ...denial }: Denial): void {
      const key = `${denial.groupId} ${denial.qtype} ${denial.client} ${denial.name}`;
      const before = denials.get(key);
      if (before === undefined && denials.size >= MAX_DENIALS) {
        dropped += count;
        return;
      }
      denials.set(key, {
        ...denial,
        count: (before?.count ?? 0) + count,
        firstAt: before?.firstAt ?? at,
        lastAt: at,
      });
      later();
    },
    unknownClient(client: IpAddress, name: DomainName): void {
      const host = hosts.get(client) ?? { names: new Set<DomainName>(), count: 0, lastAt: 0 };
      if (!hosts.has(client) && hosts.size >= MAX_HOSTS) {
        dropped++;
        return;
      }
      if (host.names.size < MAX_NAMES_OF_HOST) host.names.add(name);
      host.count++;
      host.lastAt = clock.now();
      hosts.set(client, host);
      later();
    },
  };
}
