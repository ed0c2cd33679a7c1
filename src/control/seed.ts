/** What sallyport.yaml, and a first start without it, put into the database. */
import { formatPrefix, parsePrefix } from '../base/ip-address.ts';
import type { Catalog } from '../catalog/load.ts';
import { entriesFor } from '../catalog/rules.ts';
import type { GroupConfig, RuleConfig } from '../config/schema/groups.ts';
import { formatPattern } from '../policy/pattern.ts';
import { appendAudit } from '../store/audit.ts';
import {
  addGroup,
  findGroupByName,
  type Group,
  listGroups,
  removeGroup,
  setClients,
  updateGroup,
} from '../store/groups.ts';
import type { MainDb } from '../store/open.ts';
import { addPin, endPin, pinsInForce } from '../store/pins.ts';
import { addRule, endRule, type NewRule, type Rule, rulesInForce } from '../store/rules.ts';

export interface SeedInput {
  readonly db: MainDb;
  readonly now: number;
  /** Undefined: the configuration names no groups. */
  readonly groups: readonly GroupConfig[] | undefined;
  readonly file: 'off' | 'seed' | 'managed';
  readonly catalog: Catalog;
}

/** The group of a first start: this machine itself, to try things out. */
export const TRY_OUT_GROUP = 'this-machine';

/**
 * One transaction: a start either has the whole file in force or nothing of it. Returns what of the file has ended: that stops no
 * start, or a rule that ran out as it was meant to would leave the house without names after the next reboot.
 */
export function seedDatabase(input: SeedInput): readonly string[] {
  const { db, now, groups, file, catalog } = input;
  return db.transaction(() => {
    const empty = listGroups(db).length === 0;
    if (groups !== undefined && (file === 'managed' || (file === 'seed' && empty))) {
      makeRoom(input, groups);
      for (const group of groups) applyGroup(input, group);
      return groups.flatMap((group) => endedIn(group, now));
    }
    if (empty) {
      const group = addGroup(db, {
        name: TRY_OUT_GROUP,
        clients: ['127.0.0.0/8', '::1'].map(parsePrefix),
        origin: 'default',
        createdAt: now,
        presets: ['plex-core'],
      });
      applyPresets({ db, now, catalog }, group);
    } else {
      for (const group of listGroups(db)) applyPresets({ db, now, catalog }, group);
    }
    return [];
  });
}

function endedIn({ name, rules, pins }: GroupConfig, now: number): readonly string[] {
  const ended = (what: string, until: number | undefined, isNot: string) =>
    until === undefined || until > now
      ? []
      : [`groups ${name}: ${what} ended ${new Date(until).toISOString()} and is not ${isNot}`];
  return [
    ...rules.flatMap(({ pattern, until }) =>
      ended(`the rule for ${formatPattern(pattern)}`, until, 'in force'),
    ),
    ...pins.flatMap(({ prefix, until }) => ended(`the address ${formatPrefix(prefix)}`, until, 'open')),
  ];
}

function isLasting(now: number): (one: { readonly until?: number | undefined }) => boolean {
  return ({ until }) => until === undefined || until > now;
}

/** Groups that are gone from the file go, and the others give up their clients: one may have moved between them. */
function makeRoom({ db, now }: SeedInput, groups: readonly GroupConfig[]): void {
  const named = new Set(groups.map((group) => group.name));
  for (const known of listGroups(db)) {
    if (named.has(known.name)) setClients(db, known.id, []);
    else if (known.origin === 'file') removeGroup(db, known.id, { at: now, by: 'file' });
  }
}

function applyGroup(input: SeedInput, config: GroupConfig): void {
  const { db, now } = input;
  const known = findGroupByName(db, config.name);
  const group =
    known === undefined
      ? addGroup(db, { ...config.settings, name: config.name, clients: [], origin: 'file', createdAt: now })
      : updateGroup(db, known.id, config.settings);
  if (known !== undefined && known.mode !== group.mode) {
    appendAudit(db, {
      at: now,
      actor: 'file',
      action: 'group.mode',
      subject: group.name,
      before: { mode: known.mode, override: known.enforceOverride },
      after: { mode: group.mode, override: group.enforceOverride },
    });
  }
  setClients(db, group.id, config.clients);
  replaceFileRules(input, group, config.rules);
  replaceFilePins(input, group, config.pins);
  applyPresets(input, group);
}

/** Rules of the file that are gone end; those that stayed keep their ids, so that history and leases still name them. */
function replaceFileRules({ db, now }: SeedInput, group: Group, rules: readonly RuleConfig[]): void {
  const wanted = rules.filter(isLasting(now)).map(
    (rule): NewRule => ({
      groupId: group.id,
      action: rule.action,
      pattern: formatPattern(rule.pattern),
      note: rule.note,
      private: rule.private,
      warm: rule.warm,
      expiresAt: rule.until,
      origin: 'file',
      createdAt: now,
      createdBy: 'file',
      ...(rule.types === undefined ? {} : { types: rule.types }),
    }),
  );
  reconcileRules(
    db,
    now,
    rulesInForce(db, now, group.id).filter((rule) => rule.origin === 'file'),
    wanted,
  );
}

/** Puts the rules of the group's presets in force, and ends those of presets it no longer has. */
export function applyPresets(
  { db, now, catalog, by = 'catalog' }: Pick<SeedInput, 'db' | 'now' | 'catalog'> & { readonly by?: string },
  group: Group,
): void {
  const wanted = entriesFor(catalog, group.presets).map(
    (entry): NewRule => ({
      groupId: group.id,
      action: entry.action,
      pattern: entry.pattern,
      types: entry.types,
      note: entry.note,
      preset: entry.preset,
      origin: 'catalog',
      createdAt: now,
      createdBy: by,
    }),
  );
  reconcileRules(
    db,
    now,
    rulesInForce(db, now, group.id).filter((rule) => rule.origin === 'catalog'),
    wanted,
  );
}

function reconcileRules(db: MainDb, now: number, inForce: readonly Rule[], wanted: readonly NewRule[]): void {
  const wantedKeys = new Set(wanted.map(ruleKey));
  const knownKeys = new Set(inForce.map(ruleKey));
  for (const rule of inForce)
    if (!wantedKeys.has(ruleKey(rule))) endRule(db, rule.id, { at: now, by: rule.origin });
  for (const rule of wanted) if (!knownKeys.has(ruleKey(rule))) addRule(db, rule);
}

function ruleKey(rule: NewRule | Rule): string {
  const { action, pattern, types, note, private: isPrivate, warm, preset, expiresAt } = rule;
  return JSON.stringify([
    action,
    pattern,
    [...(types ?? ['A', 'AAAA'])].sort(),
    note ?? '',
    isPrivate ?? false,
    warm ?? 'auto',
    preset ?? null,
    expiresAt ?? null,
  ]);
}

function replaceFilePins({ db, now }: SeedInput, group: Group, pins: GroupConfig['pins']): void {
  const lasting = pins.filter(isLasting(now));
  const wanted = new Set(lasting.map(({ prefix }) => formatPrefix(prefix)));
  for (const pin of pinsInForce(db, now, group.id)) {
    if (pin.origin === 'file' && !wanted.has(formatPrefix(pin.prefix)))
      endPin(db, pin.id, { at: now, by: 'file' });
  }
  for (const pin of lasting) {
    addPin(db, {
      groupId: group.id,
      prefix: pin.prefix,
      ports: pin.ports,
      note: pin.note,
      until: pin.until,
      origin: 'file',
      createdAt: now,
      createdBy: 'file',
    });
  }
}
