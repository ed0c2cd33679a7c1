/**
 * What has to change for the database to be what a file says. Pure: reads no clock and no database.
 *
 *   wanted \ current | absent | of the file        | of somebody else
 *   in the file      | add    | change, or nothing | change (taken over)
 *   not in the file  |        | remove             | left alone
 */
import { formatPrefix } from '../../base/ip-address.ts';
import {
  type AddressState,
  type GroupSettings,
  type GroupState,
  type Place,
  type RuleState,
  ruleIdentity,
} from './state.ts';

export type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };

/** null: it was not there, or will not be. */
export interface FieldChange {
  readonly field: string;
  readonly before: Value;
  readonly after: Value;
}

interface Common {
  readonly op: 'add' | 'change' | 'remove';
  readonly group: string;
  readonly fields: readonly FieldChange[];
  /** Where it is written, or was. */
  readonly place: Place | undefined;
}

export type Change =
  | (Common & { readonly kind: 'group'; readonly id?: number; readonly to?: GroupState })
  | (Common & { readonly kind: 'mode'; readonly id?: number; readonly to: GroupState })
  | (Common & { readonly kind: 'preset'; readonly preset: string })
  | (Common & { readonly kind: 'rule'; readonly from?: RuleState; readonly to?: RuleState })
  | (Common & { readonly kind: 'address'; readonly from?: AddressState; readonly to?: AddressState });

/** Says the same as before, on another line of the file. */
export interface Move {
  readonly kind: 'group' | 'rule' | 'address';
  readonly id: number;
  readonly place: Place | undefined;
}

export interface Plan {
  readonly changes: readonly Change[];
  readonly moves: readonly Move[];
}

export function planChanges(current: readonly GroupState[], wanted: readonly GroupState[]): Plan {
  const changes: Change[] = [];
  const moves: Move[] = [];
  const wantedNames = new Set(wanted.map(({ name }) => name));
  for (const group of current)
    if (group.isOfFile && !wantedNames.has(group.name)) changes.push(removedGroup(group));

  const known = new Map(current.map((group) => [group.name, group]));
  for (const to of wanted) {
    const from = known.get(to.name);
    changes.push(...(from === undefined ? [addedGroup(to)] : changedGroup(from, to)));
    noteMove('group', from, to, moves);
    changes.push(...presetChanges(from?.presets ?? [], to));
    changes.push(...ruleChanges(from?.rules ?? [], to, moves));
    changes.push(...addressChanges(from?.addresses ?? [], to, moves));
  }
  return { changes, moves };
}

/** A rule that answers for other types, or lets private addresses through, is another rule. */
export function isAnotherRule(fields: readonly FieldChange[]): boolean {
  return fields.some(({ field }) => field === 'types' || field === 'private');
}

/** Settings as they are written in a file. */
export function settingFields(settings: GroupState['settings']): Readonly<Record<string, Value>> {
  const fields: Record<string, Value> = {};
  const add = (name: string, value: Value | undefined) => {
    if (value !== undefined) fields[name] = value;
  };
  add('refuse', settings.refuse);
  add('ipv6', settings.ipv6);
  add('gate.holdLimit', durationText(settings.holdLimitMs));
  add('gate.onHoldLimit', settings.onHoldLimit);
  add('grace', durationText(settings.graceMs));
  add('headroom', durationText(settings.headroomMs));
  add('alias', settings.learnAlias === undefined ? undefined : settings.learnAlias ? 'on' : 'off');
  const direct = settings.plexDirect;
  if (direct !== undefined) fields['plexDirect'] = plexDirectValue(direct);
  return fields;
}

/** The largest unit that leaves no rest, as the schema reads it. */
export function durationText(ms: number | undefined): string | undefined {
  if (ms === undefined) return undefined;
  const [size, unit] = UNITS.find(([unitMs]) => ms > 0 && ms % unitMs === 0) ?? [1, ms === 0 ? 's' : 'ms'];
  return `${ms / size}${unit}`;
}

const UNITS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'm'],
  [1000, 's'],
] as const;

export function momentText(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString().replace('.000Z', 'Z');
}

function plexDirectValue({ hashes, ownAddresses, shared }: NonNullable<GroupSettings['plexDirect']>): Value {
  return {
    hashes: [...hashes],
    ownAddresses: ownAddresses.map(formatPrefix),
    ...(shared.length === 0
      ? {}
      : { shared: shared.map((one) => ({ ...one, addresses: [...one.addresses] })) }),
  };
}

function addedGroup(to: GroupState): Change {
  const { mode } = to.settings;
  const given = { ...(mode === undefined ? {} : { mode }), ...settingFields(to.settings) };
  const fields = Object.entries({ clients: to.clients, ...given }).map(([field, after]) =>
    written(field, null, after),
  );
  return { kind: 'group', op: 'add', group: to.name, place: to.place, fields, to };
}

function removedGroup({ id, name, place, clients, rules, addresses }: GroupState): Change {
  const fields = [
    written('clients', clients, null),
    written('rules', rules.length, null),
    written('addresses', addresses.length, null),
  ];
  return { kind: 'group', op: 'remove', group: name, place, fields, ...(id === undefined ? {} : { id }) };
}

function* changedGroup(from: GroupState, to: GroupState): Generator<Change> {
  const common = { op: 'change', group: to.name, place: to.place, to, ...idOf(from) } as const;
  const { mode, enforceOverride } = to.settings;
  const modeFields = differences(
    { mode: from.settings.mode ?? null, override: from.settings.enforceOverride ?? null },
    {
      ...(mode === undefined ? {} : { mode }),
      ...(enforceOverride === undefined ? {} : { override: enforceOverride }),
    },
  );
  if (modeFields.length > 0) yield { kind: 'mode', ...common, fields: modeFields };
  const fields = differences(
    { managed: from.isOfFile, clients: from.clients, ...settingFields(from.settings) },
    { managed: true, clients: to.clients, ...settingFields(to.settings) },
  );
  if (fields.length > 0) yield { kind: 'group', ...common, fields };
}

function* presetChanges(current: readonly string[], { name, place, presets }: GroupState): Generator<Change> {
  const common = { kind: 'preset', group: name, place } as const;
  for (const preset of current)
    if (!presets.includes(preset))
      yield { ...common, op: 'remove', preset, fields: [written('preset', preset, null)] };
  for (const preset of presets)
    if (!current.includes(preset))
      yield { ...common, op: 'add', preset, fields: [written('preset', null, preset)] };
}

/** Rules that say the same are one; of those left, two of the same action and pattern are one that changed. */
function* ruleChanges(current: readonly RuleState[], wanted: GroupState, moves: Move[]): Generator<Change> {
  const group = wanted.name;
  const byIdentity = Map.groupBy(current, ruleIdentity);
  const left = new Set(current);
  const unmatched: RuleState[] = [];
  for (const to of wanted.rules) {
    const from = byIdentity.get(ruleIdentity(to))?.[0];
    if (from === undefined) {
      unmatched.push(to);
      continue;
    }
    left.delete(from);
    const fields = differences(
      { managed: from.isOfFile, ...ruleFields(from) },
      { managed: true, ...ruleFields(to) },
    );
    if (fields.length > 0) yield { kind: 'rule', op: 'change', group, place: to.place, fields, from, to };
    noteMove('rule', from, to, moves);
  }

  for (const rule of left) if (!rule.isOfFile) left.delete(rule);
  const samePattern = Map.groupBy(left, wordsOf);
  for (const to of unmatched) {
    const from = samePattern.get(wordsOf(to))?.shift();
    const common = { kind: 'rule', group, place: to.place, to } as const;
    if (from === undefined) {
      yield { ...common, op: 'add', fields: differences({}, ruleFields(to)) };
    } else {
      left.delete(from);
      yield { ...common, op: 'change', fields: differences(ruleFields(from), ruleFields(to)), from };
    }
  }
  for (const from of left)
    yield {
      kind: 'rule',
      op: 'remove',
      group,
      place: from.place,
      fields: Object.entries(ruleFields(from)).map(([field, before]) => written(field, before, null)),
      from,
    };
}

function* addressChanges(
  current: readonly AddressState[],
  { name: group, addresses }: GroupState,
  moves: Move[],
): Generator<Change> {
  const known = new Map(current.map((one) => [one.address, one]));
  for (const to of addresses) {
    const from = known.get(to.address);
    const common = { kind: 'address', group, place: to.place, to } as const;
    if (from === undefined) {
      yield { ...common, op: 'add', fields: differences({}, addressFields(to)) };
      continue;
    }
    const fields = differences(
      { managed: from.isOfFile, ...addressFields(from) },
      { managed: true, ...addressFields(to) },
    );
    if (fields.length > 0) yield { ...common, op: 'change', fields, from };
    noteMove('address', from, to, moves);
  }
  const wanted = new Set(addresses.map(({ address }) => address));
  for (const from of current) {
    if (!from.isOfFile || wanted.has(from.address)) continue;
    const fields = Object.entries(addressFields(from)).map(([field, before]) => written(field, before, null));
    yield { kind: 'address', op: 'remove', group, place: from.place, fields, from };
  }
}

function ruleFields(rule: RuleState): Readonly<Record<string, Value>> {
  return {
    [rule.action]: rule.pattern,
    types: rule.types,
    note: rule.note,
    until: momentText(rule.until),
    warm: rule.warm,
    private: rule.private,
  };
}

function addressFields({ address, ports, note, until }: AddressState): Readonly<Record<string, Value>> {
  return { address, ports, note, until: momentText(until) };
}

function wordsOf({ action, pattern }: RuleState): string {
  return `${action} ${pattern}`;
}

/** Only of the fields that are wanted. */
function differences(
  before: Readonly<Record<string, Value>>,
  after: Readonly<Record<string, Value>>,
): readonly FieldChange[] {
  return Object.entries(after)
    .map(([field, value]) => written(field, before[field] ?? null, value))
    .filter((one) => JSON.stringify(one.before) !== JSON.stringify(one.after));
}

function written(field: string, before: Value, after: Value): FieldChange {
  return { field, before, after };
}

function noteMove(
  kind: Move['kind'],
  from: { readonly id?: number | undefined; readonly place?: Place | undefined } | undefined,
  to: { readonly place?: Place | undefined },
  moves: Move[],
): void {
  if (from?.id !== undefined && from.place !== to.place) moves.push({ kind, id: from.id, place: to.place });
}

function idOf({ id }: GroupState): { readonly id?: number } {
  return id === undefined ? {} : { id };
}
