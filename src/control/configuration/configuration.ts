/**
 * The configuration as code of a running server: the file it follows, or the groups it was sent.
 *
 *   its own file names groups  → that file is followed: at a start, on SIGHUP, on `sallyport apply`
 *   it has none of its own     → groups are sent (`sallyport apply FILE`, POST /config/apply), and kept in the database
 */
import type { Actor } from '../../actions/actor.ts';
import type {
  ConfigurationPlan,
  ConfigurationPort,
  ConfigurationState,
  SentDocument,
} from '../../actions/configuration/ports.ts';
import { groupPresets } from '../../actions/presets/describe.ts';
import type { Clock } from '../../base/clock.ts';
import { KnownError } from '../../base/errors.ts';
import type { Catalog } from '../../catalog/load.ts';
import { readDocument } from '../../config/document.ts';
import { exportYaml } from '../../config/export.ts';
import { type LaterChange, laterChanges } from '../../config/later.ts';
import type { LoadedConfig } from '../../config/load.ts';
import { type Plan, planChanges } from '../../config/plan/plan.ts';
import { type GroupState, wantedGroups } from '../../config/plan/state.ts';
import type { GroupConfig } from '../../config/schema/groups.ts';
import { listSettings } from '../../config/settings.ts';
import { findGroupByName } from '../../store/groups.ts';
import type { MainDb } from '../../store/open.ts';
import { rulesInForce } from '../../store/rules.ts';
import { readSetting, writeSetting } from '../../store/settings.ts';
import { endedIn, followAllPresets } from '../seed.ts';
import { applyPlan } from './apply-plan.ts';
import { currentGroups } from './current-groups.ts';
import { driftOf } from './drift.ts';
import { type Rehearse, takingBack } from './rehearsal.ts';

export interface ConfigurationDeps {
  readonly db: MainDb;
  readonly clock: Clock;
  readonly catalog: Catalog;
  readonly rehearse: Rehearse;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** As this run was started with it. */
  readonly running: LoadedConfig;
  /** The configuration as it is written now, and the text of its file. Throws KnownError config-invalid. */
  readonly read: () => { readonly loaded: LoadedConfig; readonly text: string | undefined };
  /** The text was put in force: the next start may need it. */
  readonly keep: (text: string) => void;
  /** Why the file was not in force when this run began. */
  readonly problem: ConfigurationState['problem'];
}

export interface Configuration extends ConfigurationPort {
  /** True while what came from a file may only be changed there. */
  isManaged(): boolean;
}

export function createConfiguration(deps: ConfigurationDeps): Configuration {
  const { db, clock, running } = deps;
  let followed = followedFile(running);
  let problem = deps.problem;
  let appliedAt = followed === undefined ? sentBefore(db)?.at : clock.now();

  const isManaged = () => followed !== undefined || sentBefore(db)?.managed === true;
  const source = () => followed ?? sentBefore(db)?.name;

  /** What is wrong with a file is no fault of ours, and told whoever asked. */
  const readOwn = (): ReturnType<ConfigurationDeps['read']> => {
    try {
      return deps.read();
    } catch (error) {
      if (!(error instanceof KnownError) || error.code !== 'config-invalid') throw error;
      throw new KnownError('invalid-input', error.message, {
        hint: 'Nothing was changed: what was in force before stays.',
        cause: error,
      });
    }
  };

  const prepare = (document: SentDocument | undefined): Prepared => {
    const file = document === undefined ? ownFile(readOwn(), running) : sentFile(document, running);
    const now = clock.now();
    const isTaken = file.file === 'managed' && file.groups !== undefined;
    const states = isTaken ? wantedGroups(file.groups ?? [], { now, placeOf: file.placeOf }) : [];
    assertPresets(states, deps.catalog);
    const plan = isTaken ? planChanges(currentGroups(db, now), states) : NOTHING;
    return { ...file, isTaken, wanted: states, plan, now };
  };

  const write = ({ plan, now }: Prepared, actor: Actor) => {
    applyPlan({ db, now, actor }, plan);
    followAllPresets({ db, now, catalog: deps.catalog });
  };

  /** Of presets that the groups of the file have, and keep. */
  const updatesFor = ({ wanted, now }: Prepared) => {
    const kept = new Set(wanted.flatMap(({ name, presets }) => presets.map((preset) => `${name} ${preset}`)));
    return groupPresets({ db, catalog: deps.catalog, now }).filter(
      ({ group, preset, update }) => update !== undefined && kept.has(`${group} ${preset}`),
    );
  };

  const describe = (prepared: Prepared): ConfigurationPlan => {
    const { name, file, plan, later } = prepared;
    const gone = new Set(
      plan.changes.filter(({ kind, op }) => kind === 'group' && op === 'remove').map(({ group }) => group),
    );
    const drift = driftOf(db, prepared.now);
    return {
      source: name,
      file,
      changes: plan.changes,
      moved: plan.moves.length,
      closes: plan.changes.length === 0 ? [] : deps.rehearse(() => write(prepared, REHEARSING)),
      atNextStart: later,
      drift: drift.filter(({ group }) => !gone.has(group)),
      presetUpdates: updatesFor(prepared),
      notes: [
        ...notesOn(prepared),
        ...drift
          .filter(({ group }) => gone.has(group))
          .map(
            ({ group, what }) =>
              `Made by people beside the file, and gone with group ${group}: ${what || 'a pause'}.`,
          ),
      ],
    };
  };

  const assertMaySend = ({ name, text }: SentDocument) => {
    if (followed === undefined || readOwn().text === text) return;
    throw new KnownError('managed-by-file', `the groups of this server are written in ${followed}`, {
      hint: `Change them there, then \`sallyport apply\` without a file; ${name} was not applied.`,
    });
  };

  const applyNow = (document: SentDocument | undefined, actor: Actor): ConfigurationPlan => {
    if (document !== undefined) assertMaySend(document);
    const isOwn = document === undefined || followed !== undefined;
    const prepared = prepare(isOwn ? undefined : document);
    const described = describe(prepared);
    db.transaction(() => {
      if (prepared.isTaken) write(prepared, actor);
      if (!isOwn) rememberSent(db, prepared, actor);
    });
    appliedAt = prepared.now;
    if (!isOwn) return described;
    followed = prepared.isTaken ? prepared.name : undefined;
    problem = undefined;
    if (prepared.text !== undefined) deps.keep(prepared.text);
    return described;
  };

  return {
    isManaged,
    plan: (document) => describe(prepare(document)),
    apply(document, actor) {
      try {
        return applyNow(document, actor);
      } catch (error) {
        if (document === undefined && error instanceof KnownError && !(error instanceof NoFile))
          problem = { at: clock.now(), message: error.message };
        throw error;
      }
    },
    rulesOf(document, group) {
      const prepared = prepare(document);
      if (!prepared.isTaken) throw new KnownError('invalid-input', whyNotTaken(document.name, prepared.file));
      return takingBack(db, () => {
        write(prepared, REHEARSING);
        const found = findGroupByName(db, group);
        if (found !== undefined) return rulesInForce(db, prepared.now, found.id);
        throw new KnownError('invalid-input', `${document.name} takes group ${group} away`, {
          hint: 'Name a group that the file has.',
        });
      });
    },
    export: () =>
      exportYaml({
        groups: currentGroups(db, clock.now()),
        written: running.written,
        env: deps.env,
        notes: driftOf(db, clock.now())
          .filter(({ until }) => until !== undefined)
          .map(
            ({ group, what, until }) =>
              `Beside the file, until ${isoText(until)}: ${what || 'a pause'} in group ${group}.`,
          ),
      }),
    state: () => ({
      source: source(),
      managed: isManaged(),
      appliedAt,
      problem,
      drift: isManaged() ? driftOf(db, clock.now()) : [],
    }),
    settings: () => listSettings(running.written),
  };
}

interface WantedFile {
  readonly name: string;
  readonly file: ConfigurationPlan['file'];
  readonly groups: readonly GroupConfig[] | undefined;
  readonly later: readonly LaterChange[];
  readonly left: readonly string[];
  readonly text: string | undefined;
  placeOf(path: string): string | undefined;
}

interface Prepared extends WantedFile {
  readonly wanted: readonly GroupState[];
  readonly plan: Plan;
  readonly now: number;
  /** Its groups are to be followed. */
  readonly isTaken: boolean;
}

const NOTHING: Plan = { changes: [], moves: [] };
const REHEARSING: Actor = { name: 'rehearsal', origin: '' };

function assertPresets(groups: readonly GroupState[], { presets: known }: Catalog): void {
  for (const { presets, place } of groups) {
    const unknown = presets.find((id) => !known.has(id));
    if (unknown === undefined) continue;
    const where = place === undefined ? '' : `${place}: `;
    throw new KnownError('invalid-input', `${where}there is no preset ${unknown}`, {
      hint: `There are ${[...known.keys()].join(', ')}.`,
    });
  }
}

function followedFile({ config, file }: LoadedConfig): string | undefined {
  const isFollowed = config.groups !== undefined && config.file === 'managed';
  return isFollowed && file !== undefined ? fileName(file) : undefined;
}

/** Nothing is wrong with what is in force. */
class NoFile extends KnownError {}

function ownFile({ loaded, text }: ReturnType<ConfigurationDeps['read']>, running: LoadedConfig): WantedFile {
  if (loaded.file === undefined) {
    throw new NoFile('invalid-input', 'this server has no file of its own', {
      hint: 'Name the file: `sallyport plan FILE`; or give the server one with SALLYPORT_CONFIG.',
    });
  }
  const { groups, file } = loaded.config;
  return {
    name: fileName(loaded.file),
    file,
    groups,
    later: laterChanges(running.written, loaded.written),
    left: [],
    text,
    placeOf: (path) => loaded.sources.get(path),
  };
}

function sentFile(document: SentDocument, { config }: LoadedConfig): WantedFile {
  const { groups, file, left, placeOf } = readDocument(document, config);
  return { name: document.name, file, groups, later: [], left, text: undefined, placeOf };
}

function notesOn({ name, file, groups, isTaken, left, now }: Prepared): readonly string[] {
  const ended = isTaken ? (groups ?? []).flatMap((group) => endedIn(group, now)) : [];
  return [
    ...(isTaken ? [] : [whyNotTaken(name, file)]),
    ...ended.map((what) => `${what}.`),
    ...(left.length === 0
      ? []
      : [`Left aside: ${left.join(', ')}. Only the server's own file may say that, and a start reads it.`]),
  ];
}

function whyNotTaken(name: string, file: WantedFile['file']): string {
  if (file === 'off') return `${name} says \`file: off\`: its groups are not applied.`;
  if (file === 'seed')
    return `${name} says \`file: seed\`: its groups count for an empty database only, and this one is not.`;
  return `${name} names no groups: those of the database stay as they are.`;
}

const SENT = 'configuration.sent';

interface Sent {
  readonly name: string;
  readonly managed: boolean;
  readonly at: number;
  readonly by: string;
}

/** What was sent last stays in force over a start, and what it brought stays locked. */
function rememberSent(db: MainDb, { name, isTaken, now }: Prepared, { name: by }: Actor): void {
  const sent: Sent = { name, managed: isTaken, at: now, by };
  writeSetting(db, SENT, { ...sent });
}

function sentBefore(db: MainDb): Sent | undefined {
  return readSetting(db, SENT) as Sent | undefined;
}

function fileName(path: string): string {
  return path.split('/').at(-1) ?? path;
}

function isoText(ms: number | undefined): string {
  return ms === undefined ? '' : new Date(ms).toISOString();
}
