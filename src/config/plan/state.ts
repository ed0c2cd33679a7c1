/** Groups and what is in them, as values two sides can be compared by: what a file wants, and what the database has. */
import { formatPrefix } from '../../base/ip-address.ts';
import { formatPattern } from '../../policy/pattern.ts';
import type { GroupConfig } from '../schema/groups.ts';

/** Where it is written: 'sallyport.yaml:12'. */
export type Place = string;

interface Written {
  readonly place?: Place | undefined;
  /** Its row in the database; what is only wanted has none yet. */
  readonly id?: number | undefined;
}

export type GroupSettings = GroupConfig['settings'];

export interface GroupState extends Written {
  readonly name: string;
  /** False: made by a person or a first start; a file that names it takes it over. */
  readonly isOfFile: boolean;
  /** Sorted text. */
  readonly clients: readonly string[];
  /** Of a file only what it says. */
  readonly settings: Omit<GroupSettings, 'presets'>;
  /** All of them, as with rules: one that a file no longer names is not wanted. */
  readonly presets: readonly string[];
  readonly rules: readonly RuleState[];
  readonly addresses: readonly AddressState[];
}

export interface RuleState extends Written {
  readonly action: 'allow' | 'deny';
  readonly pattern: string;
  /** Sorted, each once. */
  readonly types: readonly string[];
  readonly note: string;
  readonly private: boolean;
  readonly warm: 'auto' | 'always' | 'never';
  readonly until: number | undefined;
  /** False: a person made it for good; a file that names it takes it over. */
  readonly isOfFile: boolean;
}

export interface AddressState extends Written {
  /** Address or prefix. */
  readonly address: string;
  /** False: opened by a person; a file that names it takes it over. */
  readonly isOfFile: boolean;
  readonly ports: readonly number[];
  readonly note: string;
  readonly until: number | undefined;
}

/** What the groups of a file want now; what has ended by its own `until` is not wanted any more. */
export function wantedGroups(
  groups: readonly GroupConfig[],
  { now, placeOf }: { readonly now: number; readonly placeOf: (path: string) => Place | undefined },
): readonly GroupState[] {
  return groups.map((group, index): GroupState => {
    const path = `groups[${index}]`;
    const { presets, ...settings } = group.settings;
    return {
      name: group.name,
      place: placeOf(path),
      isOfFile: true,
      clients: distinct(group.clients.map(formatPrefix)),
      settings,
      presets: distinct(presets ?? []),
      rules: firstOfEach(
        group.rules.map(
          (rule, at): RuleState => ({
            action: rule.action,
            pattern: formatPattern(rule.pattern),
            types: distinct(rule.types ?? DEFAULT_TYPES),
            note: rule.note,
            private: rule.private,
            warm: rule.warm,
            until: rule.until,
            isOfFile: true,
            place: placeOf(`${path}.rules[${at}]`),
          }),
        ),
        ruleIdentity,
      ).filter(isLasting(now)),
      addresses: firstOfEach(
        group.pins.map(
          (pin, at): AddressState => ({
            address: formatPrefix(pin.prefix),
            isOfFile: true,
            ports: pin.ports,
            note: pin.note,
            until: pin.until,
            place: placeOf(`${path}.addresses[${at}]`),
          }),
        ),
        ({ address }) => address,
      ).filter(isLasting(now)),
    };
  });
}

/** Two rules that agree in this say the same; the rest of a rule may change while it stays the same one. */
export function ruleIdentity({ action, pattern, types, private: isPrivate }: RuleState): string {
  return [action, pattern, types.join(','), isPrivate].join(' ');
}

export function distinct(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort();
}

const DEFAULT_TYPES = ['A', 'AAAA'];

function isLasting(now: number): (one: { readonly until: number | undefined }) => boolean {
  return ({ until }) => until === undefined || until > now;
}

/** What is written twice counts once, as it is written first. */
function firstOfEach<T>(list: readonly T[], identity: (one: T) => string): readonly T[] {
  const known = new Set<string>();
  return list.filter((one) => {
    const key = identity(one);
    if (known.has(key)) return false;
    known.add(key);
    return true;
  });
}
