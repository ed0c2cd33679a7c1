/** The owner's decisions: written into the database as the actions do, then put in force. */
import { parsePrefix } from '../../src/base/ip-address.ts';
import { appendAudit } from '../../src/store/audit.ts';
import { addGroup, updateGroup } from '../../src/store/groups.ts';
import type { MainDb } from '../../src/store/open.ts';
import { addRule, endRule } from '../../src/store/rules.ts';
import type { Chance } from './chance.ts';
import {
  createDecreeBook,
  type DecreeBook,
  type DecreedGroup,
  type DecreedRule,
  inForceAt,
} from './decrees.ts';
import type { House } from './house.ts';
import { HOUR, isWarm, MINUTE, strangersOf, type WorldDesign } from './world.ts';

export interface PeopleParts {
  readonly design: WorldDesign;
  readonly chance: Chance;
  /** For what came later: seeds go on meaning what they meant. */
  readonly besides: Chance;
  readonly house: () => House;
  readonly db: () => MainDb;
  /** The house's clock. */
  readonly now: () => number;
  readonly watcher: {
    decided(what: string, before: ReadonlyMap<string, DecreedGroup>): void;
    inForce(): void;
  };
}

export type Decision = 'revoke' | 'allow' | 'temporary' | 'deny' | 'mode' | 'pause' | 'resume';

export interface People {
  readonly decrees: DecreeBook;
  decide(what: Decision): void;
  /** A control plane is there that may not have said that the latest decision is in force. */
  askAgain(): void;
  /** The same groups and rules in a database that knows nothing. */
  writeAllAgain(): void;
}

/** Writes the groups of the design into the database. */
export function startPeople(parts: PeopleParts): People {
  const { design, chance, house, db, now, watcher } = parts;
  const groupIds = new Map<string, number>();
  /** Allowed or denied by hand, to be allowed or revoked again. */
  const names = [...design.wanted].flatMap(([group, wanted]) => wanted.map((name) => ({ group, name })));

  const writeGroup = (name: string, { mode, pausedUntil, rules }: DecreedGroup): DecreedGroup => {
    const group = design.groups.find((one) => one.name === name);
    if (group === undefined) throw new Error(`no group ${name}`);
    const { id } = addGroup(db(), {
      name,
      clients: [parsePrefix(group.client)],
      origin: 'person',
      createdAt: now(),
      mode,
      pausedUntil,
      onHoldLimit: group.onHoldLimit,
      graceMs: group.graceMs,
      headroomMs: group.headroomMs,
    });
    groupIds.set(name, id);
    return { mode, pausedUntil, rules: rules.map((rule) => writeRule(name, rule)) };
  };
  const writeRule = (group: string, { action, pattern, expiresAt }: Omit<DecreedRule, 'id'>): DecreedRule => {
    const { rule } = addRule(db(), {
      groupId: idOf(group),
      action,
      pattern,
      origin: 'person',
      createdAt: now(),
      createdBy: 'anna',
      warm: isWarm(pattern) ? 'auto' : 'never',
      ...(expiresAt === undefined ? {} : { expiresAt }),
    });
    return { id: rule.id, action: rule.action, pattern: rule.pattern, expiresAt: rule.expiresAt };
  };
  const writePause = (group: string, before: number | undefined, after: number | undefined) => {
    updateGroup(db(), idOf(group), { pausedUntil: after });
    appendAudit(db(), {
      at: now(),
      actor: 'anna',
      action: after === undefined ? 'group.resume' : 'group.pause',
      subject: group,
      before: { pausedUntil: before ?? null },
      after: { pausedUntil: after ?? null },
    });
  };
  const idOf = (group: string): number => {
    const id = groupIds.get(group);
    if (id === undefined) throw new Error(`no group ${group}`);
    return id;
  };

  const first = new Map(
    design.groups.map(({ name, mode, rules }) => [
      name,
      writeGroup(name, {
        mode,
        pausedUntil: undefined,
        rules: rules.map((pattern) => ({ id: 0, action: 'allow', pattern, expiresAt: undefined })),
      }),
    ]),
  );
  const decrees = createDecreeBook(first);

  const putInForce = (version: number) => {
    const { control } = house();
    if (control === undefined) return;
    control.policy.reload().then(
      () => {
        if (house().control !== control) return;
        decrees.inForce(version);
        watcher.inForce();
      },
      // It has crashed meanwhile; the next one is asked again.
      () => undefined,
    );
  };
  let latestVersion = 0;
  const change = (group: string, what: string, next: (decreed: DecreedGroup) => DecreedGroup | undefined) => {
    const before = decrees.latest;
    const decreed = before.get(group);
    const changed = decreed && next(decreed);
    if (changed === undefined) return;
    latestVersion = decrees.decide(new Map([...before, [group, changed]]));
    watcher.decided(what, before);
    putInForce(latestVersion);
  };
  const withRule = (decreed: DecreedGroup, rule: DecreedRule): DecreedGroup => ({
    ...decreed,
    rules: [...decreed.rules.filter(({ id }) => id !== rule.id), rule],
  });

  const decisions: Readonly<Record<Decision, (group: string) => void>> = {
    revoke(group) {
      change(group, 'revoke', (decreed) => {
        const rule = decreed.rules.length === 0 ? undefined : chance.pick(decreed.rules);
        if (rule === undefined) return undefined;
        endRule(db(), rule.id, { at: now(), by: 'anna' });
        return { ...decreed, rules: decreed.rules.filter(({ id }) => id !== rule.id) };
      });
    },
    allow(group) {
      const wanted = chance.pick(design.groups.find(({ name }) => name === group)?.rules ?? [group]);
      change(group, 'allow', (decreed) =>
        withRule(decreed, writeRule(group, { action: 'allow', pattern: wanted, expiresAt: undefined })),
      );
    },
    temporary(group) {
      const name = chance.pick(names.filter((one) => one.group === group)).name;
      const expiresAt = now() + chance.magnitude(MINUTE, 3 * HOUR);
      change(group, 'temporary rule', (decreed) =>
        withRule(decreed, writeRule(group, { action: 'allow', pattern: name, expiresAt })),
      );
    },
    deny(group) {
      // As often something that nobody ever allowed, and that learning let through.
      const own = chance.pick(names.filter((one) => one.group === group)).name;
      const name = parts.besides.happens(0.5) ? parts.besides.pick(strangersOf()) : own;
      change(group, 'deny', (decreed) =>
        withRule(decreed, writeRule(group, { action: 'deny', pattern: name, expiresAt: undefined })),
      );
    },
    mode(group) {
      change(group, 'mode change', (decreed) => {
        const mode = decreed.mode === 'learn' ? 'enforce' : 'learn';
        updateGroup(db(), idOf(group), { mode });
        appendAudit(db(), {
          at: now(),
          actor: 'anna',
          action: 'group.mode',
          subject: group,
          before: { mode: decreed.mode },
          after: { mode },
        });
        return { ...decreed, mode };
      });
    },
    pause(group) {
      change(group, 'pause', (decreed) => {
        const pausedUntil = now() + chance.magnitude(MINUTE, HOUR);
        writePause(group, decreed.pausedUntil, pausedUntil);
        return { ...decreed, pausedUntil };
      });
    },
    resume(group) {
      change(group, 'end of a pause', (decreed) => {
        if ((decreed.pausedUntil ?? 0) <= now()) return undefined;
        writePause(group, decreed.pausedUntil, undefined);
        return { ...decreed, pausedUntil: undefined };
      });
    },
  };

  return {
    decrees,
    decide(what) {
      const paused = design.groups.filter(({ name }) => (decrees.latest.get(name)?.pausedUntil ?? 0) > now());
      decisions[what](chance.pick(what === 'resume' && paused.length > 0 ? paused : design.groups).name);
    },
    askAgain() {
      if (decrees.possible.length > 1) putInForce(latestVersion);
    },
    writeAllAgain() {
      const before = decrees.latest;
      groupIds.clear();
      const again = new Map(
        // What has ended is not written again.
        [...before].map(([name, decreed]) => [name, writeGroup(name, inForceAt(decreed, now()))]),
      );
      latestVersion = decrees.decide(again);
    },
  };
}
