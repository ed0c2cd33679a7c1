/** Puts a plan into the database: one transaction, and one audit entry for each change. */
import type { Actor } from '../../actions/actor.ts';
import { decideCovered } from '../../actions/decide-covered.ts';
import { decideAnswered } from '../../actions/plex-direct.ts';
import { openSharedServers } from '../../actions/shared-servers.ts';
import { parsePrefix } from '../../base/ip-address.ts';
import type { Change, Plan, Value } from '../../config/plan/plan.ts';
import { isAnotherRule } from '../../config/plan/plan.ts';
import type { AddressState, GroupState, RuleState } from '../../config/plan/state.ts';
import { parsePattern } from '../../policy/pattern.ts';
import { appendAudit } from '../../store/audit.ts';
import { listDenials } from '../../store/denials.ts';
import {
  addGroup,
  findGroupByName,
  getGroup,
  removeGroup,
  setClients,
  updateGroup,
} from '../../store/groups.ts';
import type { MainDb } from '../../store/open.ts';
import { addPin, changePin, endPin } from '../../store/pins.ts';
import { addRule, endRule, updateRule } from '../../store/rules.ts';

export interface ApplyInput {
  readonly db: MainDb;
  readonly now: number;
  /** 'file' for a start, or who asked for it. */
  readonly actor: Actor;
}

/** Throws KnownError when two groups would have one client; nothing has changed then. */
export function applyPlan(input: ApplyInput, { changes, moves }: Plan): void {
  const { db } = input;
  db.transaction(() => {
    for (const change of changes) if (change.kind !== 'rule' && isGroupRemoval(change)) apply(input, change);
    // A client may move between groups: all that change theirs give them up first.
    for (const change of changes) {
      if (change.kind === 'group' && change.op === 'change' && concerns(change, 'clients'))
        setClients(db, idOf(db, change.group), []);
    }
    const roomOf = rememberingRooms(db);
    for (const change of changes) {
      if (change.kind === 'rule') applyRule(input, change, roomOf(change.group));
      else if (!isGroupRemoval(change)) apply(input, change);
    }
    for (const { kind, id, place } of moves) {
      if (kind === 'group') updateGroup(db, id, { place });
      else if (kind === 'rule') updateRule(db, id, { place });
      else changePin(db, id, { place: place ?? null });
    }
  });
}

function isGroupRemoval({ kind, op }: Change): boolean {
  return kind === 'group' && op === 'remove';
}

/** What a rule needs to know of its group; a file may have thousands of rules for one. */
interface Room {
  readonly groupId: number;
  /** Refused names wait there, which a new rule may answer. */
  readonly hasWaiting: boolean;
}

function rememberingRooms(db: MainDb): (group: string) => Room {
  const rooms = new Map<string, Room>();
  return (group) => {
    const known = rooms.get(group);
    if (known !== undefined) return known;
    const groupId = idOf(db, group);
    const { items } = listDenials(db, { groupId, state: 'waiting', limit: 1 });
    const room = { groupId, hasWaiting: items.length > 0 };
    rooms.set(group, room);
    return room;
  };
}

function apply(input: ApplyInput, change: Exclude<Change, { kind: 'rule' }>): void {
  switch (change.kind) {
    case 'group':
      if (change.op === 'remove') removeGroup(input.db, idOf(input.db, change.group), endOf(input));
      else if (change.to !== undefined) writeGroup(input, change.op, change.to, change);
      record(input, change, `group.${VERB[change.op]}`, change.group);
      break;
    case 'mode': {
      const { mode, enforceOverride } = change.to.settings;
      updateGroup(input.db, idOf(input.db, change.group), {
        ...(mode === undefined ? {} : { mode }),
        ...(enforceOverride === undefined ? {} : { enforceOverride }),
      });
      record(input, change, 'group.mode', change.group);
      break;
    }
    case 'preset':
      writePreset(input, change);
      record(input, change, `preset.${change.op}`, `${change.group} ${change.preset}`);
      break;
    case 'address':
      applyAddress(input, change);
      break;
  }
}

const VERB = { add: 'create', change: 'change', remove: 'remove' } as const;

function writeGroup(input: ApplyInput, op: 'add' | 'change', to: GroupState, change: Change): void {
  const { db, now } = input;
  const { name, place, settings } = to;
  if (op === 'add') {
    const clients = to.clients.map(parsePrefix);
    const made = addGroup(db, {
      ...settings,
      presets: [],
      name,
      clients,
      origin: 'file',
      createdAt: now,
      place,
    });
    openSharedServers(db, made, endOf(input));
    return;
  }
  // A change of mode is one of its own, with an entry that reports read.
  const { mode: _, enforceOverride: __, ...rest } = settings;
  const id = idOf(db, name);
  const written = updateGroup(db, id, { ...rest, origin: 'file', place });
  openSharedServers(db, written, endOf(input));
  decideAnswered(db, written, endOf(input));
  if (concerns(change, 'clients')) setClients(db, id, to.clients.map(parsePrefix));
}

/** What its rules are is for the catalog to say; see followPresets. */
function writePreset({ db }: ApplyInput, { op, group, preset }: Extract<Change, { kind: 'preset' }>): void {
  const { id, presets } = getGroup(db, idOf(db, group));
  const others = presets.filter((known) => known !== preset);
  updateGroup(db, id, { presets: op === 'add' ? [...others, preset] : others });
}

function applyRule(input: ApplyInput, change: Extract<Change, { kind: 'rule' }>, room: Room): void {
  const { db } = input;
  const { from, to, group } = change;
  const replaced = change.op === 'change' && isAnotherRule(change.fields);
  if (change.op === 'change' && !replaced && to !== undefined) {
    const { note, warm, until, place } = to;
    updateRule(db, rowOf(from), { note, warm, expiresAt: until, origin: 'file', place });
    record(input, change, 'rule.change', `${group} ${to.pattern}`, { rule: rowOf(from) });
    return;
  }
  if (from !== undefined) {
    endRule(db, rowOf(from), endOf(input));
    const before = {
      rule: rowOf(from),
      action: from.action,
      types: from.types,
      expiresAt: from.until ?? null,
    };
    entry(input, { action: 'rule.end', subject: `${group} ${from.pattern}`, place: change.place, before });
  }
  if (to === undefined) return;
  const { rule } = addRule(db, newRule(input, room.groupId, to));
  if (room.hasWaiting)
    decideCovered(db, rule, parsePattern(rule.pattern), { at: input.now, by: input.actor.name });
  const after = { rule: rule.id, types: rule.types, expiresAt: rule.expiresAt ?? null };
  entry(input, { action: `rule.${to.action}`, subject: `${group} ${to.pattern}`, place: to.place, after });
}

function newRule({ now, actor }: ApplyInput, groupId: number, to: RuleState) {
  const { isOfFile: _, id: __, until, ...rest } = to;
  return {
    ...rest,
    groupId,
    origin: 'file',
    createdAt: now,
    createdBy: actor.name,
    expiresAt: until,
  } as const;
}

const ADDRESS_VERB = { add: 'open', change: 'change', remove: 'close' } as const;

function applyAddress(input: ApplyInput, change: Extract<Change, { kind: 'address' }>): void {
  const { db } = input;
  const { from, to, group, op } = change;
  if (to === undefined) endPin(db, rowOf(from), endOf(input));
  else if (from === undefined) addPin(db, newPin(input, idOf(db, group), to));
  else {
    const { note, ports, until, place } = to;
    changePin(db, rowOf(from), { note, ports, until: until ?? null, origin: 'file', place: place ?? null });
  }
  record(input, change, `address.${ADDRESS_VERB[op]}`, `${group} ${(to ?? from)?.address}`);
}

function newPin({ now, actor }: ApplyInput, groupId: number, to: AddressState) {
  const { address, ports, note, until, place } = to;
  const made = { origin: 'file', createdAt: now, createdBy: actor.name } as const;
  return { groupId, prefix: parsePrefix(address), ports, note, until, place, ...made };
}

function record(
  input: ApplyInput,
  { op, fields, place }: Change,
  action: string,
  subject: string,
  more: Readonly<Record<string, Value>> = {},
): void {
  const side = (key: 'before' | 'after') => ({
    ...more,
    ...Object.fromEntries(fields.map((one) => [one.field, one[key]])),
  });
  entry(input, {
    action,
    subject,
    place,
    ...(op === 'add' ? {} : { before: side('before') }),
    ...(op === 'remove' ? {} : { after: side('after') }),
  });
}

interface Entry {
  readonly action: string;
  readonly subject: string;
  readonly place: string | undefined;
  readonly before?: Value;
  readonly after?: Value;
}

/** Its note says where the change is written. */
function entry({ db, now, actor }: ApplyInput, { place, ...rest }: Entry): void {
  appendAudit(db, { at: now, actor: actor.name, origin: actor.origin, note: place ?? '', ...rest });
}

function concerns({ fields }: Change, field: string): boolean {
  return fields.some((one) => one.field === field);
}

function endOf({ now, actor }: ApplyInput) {
  return { at: now, by: actor.name };
}

function idOf(db: MainDb, group: string): number {
  const found = findGroupByName(db, group);
  if (found === undefined) throw new Error(`the plan changes group ${group}, which is not there`);
  return found.id;
}

function rowOf(state: { readonly id?: number | undefined } | undefined): number {
  if (state?.id === undefined) throw new Error('a plan is applied that was not made from the database');
  return state.id;
}
