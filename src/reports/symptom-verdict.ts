/**
 * What is likely behind a symptom, and what to do. Pure.
 *
 *   1 a setting of the group forbids it           settings
 *   2 a name is not answered, and was refused     refused
 *   3 a name is not allowed, and was not refused  not-allowed
 *   4 a name is allowed now, and was refused last allowed-since
 *   5 an allowed name got no answer last          failed
 *   6 addresses it reaches without a name are shut  not-open
 *   7 no name was asked at all                    not-asked
 *   8 what it reaches cannot be contained by name   not-open
 *   9 all is allowed, and some of it was asked    elsewhere
 */
import type { NameLook, SymptomLook, UnnamedLook } from '../actions/reports/symptoms.ts';
import type { Symptom } from '../catalog/schema.ts';
import type { Mode } from '../policy/policy.ts';
import type { Group } from '../store/groups.ts';

export interface Judged {
  readonly group: Pick<Group, 'name' | 'refuse' | 'plexDirect'>;
  readonly symptom: Pick<Symptom, 'settings'>;
  readonly names: readonly NameLook[];
  readonly unnamed: readonly UnnamedLook[];
  /** Presets the group took. */
  readonly taken: ReadonlySet<string>;
  readonly mode: Mode;
  readonly since: number;
}

type SymptomVerdict = Pick<SymptomLook, 'verdict' | 'sentence' | 'remedy'>;

export function judgeSymptom(judged: Judged): SymptomVerdict {
  const { group, symptom, names, unnamed, mode } = judged;
  const setting = symptom.settings.map((one) => settingProblem(one, group)).find((one) => one !== undefined);
  if (setting !== undefined) return { verdict: 'settings', ...setting };

  const missing = names.filter(({ allowed }) => !allowed);
  // A group that does not enforce answers what no rule refuses.
  const shut = missing.filter(({ denied }) => denied || mode === 'enforce');
  const refused = shut.filter((one) => one.refused !== undefined);
  if (refused.length > 0)
    return {
      verdict: 'refused',
      sentence: `${refused.map(refusalText).join('; ')}: that is likely it.`,
      remedy: remedyFor(refused, judged),
    };
  if (shut.length > 0)
    return {
      verdict: 'not-allowed',
      sentence: `${namesOf(shut)} ${isOrAre(shut)} not allowed; no refusal is on record lately: repeat what failed, and look again.`,
      remedy: remedyFor(shut, judged),
    };
  if (missing.length > 0)
    return {
      verdict: 'not-allowed',
      sentence: `${namesOf(missing)} ${isOrAre(missing)} not allowed, but answered while the group does not enforce: as it is, that is not the cause.`,
      remedy: remedyFor(missing, judged),
    };
  const before = names.find(({ refused: was, asked }) => was !== undefined && was.lastAt === asked?.lastAt);
  if (before !== undefined)
    return {
      verdict: 'allowed-since',
      sentence: `${refusalText(before)}, and it is allowed now: repeat what failed. What is done only once, such as registering, needs a restart of the software.`,
    };
  const failing = names.find(({ failed, asked }) => failed !== undefined && failed.lastAt === asked?.lastAt);
  if (failing !== undefined)
    return {
      verdict: 'failed',
      sentence: `${failing.name} is allowed, but the last question for it was not answered.`,
      remedy: `sallyport queries --name ${failing.name}`,
    };
  const notOpen = unnamed.filter(
    ({ containment, addresses, open }) => containment === 'list' && open < addresses,
  );
  if (notOpen.length > 0)
    return {
      verdict: 'not-open',
      sentence: `${notOpen.map(({ what, addresses, open }) => `${what}: ${open} of the ${addresses} addresses the catalog lists are open`).join('; ')}.`,
      remedy: notOpen.map(({ remedy }) => remedy).join(' '),
    };
  if (names.length > 0 && names.every(({ asked }) => asked === undefined))
    return {
      verdict: 'not-asked',
      sentence: `${namesOf(names)} ${isOrAre(names)} allowed, and ${names.length === 1 ? 'was' : 'were'} not asked lately: repeat what failed; if it stays so, the host asks somebody else.`,
      remedy: 'sallyport doctor',
    };
  const unknowable = unnamed.filter(({ containment }) => containment === 'none');
  if (unknowable.length > 0)
    return {
      verdict: 'not-open',
      sentence: `${listed(unknowable.map(({ what }) => what))} cannot be contained by name: a firewall that opens only what is known here does not let it through.`,
      remedy: unknowable.map(({ remedy }) => remedy).join(' '),
    };
  const notAsked = names.filter(({ asked }) => asked === undefined);
  return {
    verdict: 'elsewhere',
    sentence:
      names.length === 0
        ? 'Nothing that is decided here explains it.'
        : `All of it is allowed${notAsked.length === 0 ? ', and was asked' : `; ${namesOf(notAsked)} ${notAsked.length === 1 ? 'was' : 'were'} not asked lately`}: the cause is elsewhere.`,
  };
}

function settingProblem(
  setting: Symptom['settings'][number],
  { name, refuse, plexDirect }: Judged['group'],
): Omit<SymptomVerdict, 'verdict'> | undefined {
  if (setting === 'refuse') {
    if (refuse !== 'refused') return undefined;
    return {
      sentence: `Group ${name} refuses with REFUSED: musl, which Plex brings, ignores that and waits 5 seconds.`,
      remedy: 'Set `refuse: nxdomain`, or PATCH /groups/NAME.',
    };
  }
  const lacks =
    plexDirect.hashes.length === 0 ? 'hash' : plexDirect.ownAddresses.length === 0 ? 'address' : undefined;
  if (lacks === undefined) return undefined;
  return {
    sentence: `Group ${name} answers no name of your own server below plex.direct: no ${lacks} of a server of yours is set.`,
    remedy: findServer(name),
  };
}

function refusalText({ name, refused }: NameLook): string {
  const { count, lastAt } = refused ?? { count: 0, lastAt: 0 };
  return `${name} was refused ${count === 1 ? 'once' : `${count} times`}, last ${new Date(lastAt).toISOString()}`;
}

/** The hash is in the certificate the server shows. */
function findServer(group: string): string {
  return `sallyport plex-direct find --group ${group}`;
}

/** One preset where it has them all and was not taken; else each name. */
function remedyFor(names: readonly NameLook[], { group, taken }: Judged): string {
  const isOfServer = ({ name }: NameLook) => name === PLEX_DIRECT_PATTERN;
  const [first] = names;
  const preset = first?.preset;
  // No preset helps against a rule that refuses.
  const isOfPreset = (one: NameLook) => one.preset === preset && !one.denied && !isOfServer(one);
  if (preset !== undefined && !taken.has(preset) && names.every(isOfPreset))
    return `sallyport presets add ${preset} --group ${group.name}`;
  return names
    .map((one) => {
      if (isOfServer(one)) return findServer(group.name);
      const { name, types } = one;
      const isUsual = types.every((type) => type === 'A' || type === 'AAAA');
      return `sallyport allow ${name} --group ${group.name}${isUsual ? '' : ` --types ${types.join(',')}`}`;
    })
    .join('; ');
}

/** As the catalog has it: no rule says which of these names are answered. */
const PLEX_DIRECT_PATTERN = '*.plex.direct';

function namesOf(looks: readonly NameLook[]): string {
  return listed(looks.map(({ name }) => name));
}

function listed(texts: readonly string[]): string {
  const [last, ...others] = texts.toReversed();
  return others.length === 0 ? (last ?? '') : `${others.toReversed().join(', ')} and ${last}`;
}

function isOrAre(names: readonly unknown[]): string {
  return names.length === 1 ? 'is' : 'are';
}
