/** For what a person sees: the names and addresses to look at, and what became of each in one group. */
import type {
  NameLook,
  SymptomLook,
  SymptomReport,
  SymptomsInput,
  UnnamedLook,
} from '../actions/reports/symptoms.ts';
import { type DomainName, parseDomainName } from '../base/domain-name.ts';
import { KnownError } from '../base/errors.ts';
import { parseIpAddress, prefixContains } from '../base/ip-address.ts';
import { entriesAbout } from '../catalog/explain.ts';
import type { Catalog } from '../catalog/load.ts';
import { parseReach } from '../catalog/reach.ts';
import type { Symptom } from '../catalog/schema.ts';
import { findSymptom } from '../catalog/symptoms.ts';
import { modeOf } from '../control/policy-source.ts';
import { readPlexDirect } from '../dns/plex-direct.ts';
import { liveFeedEntries } from '../store/feeds.ts';
import { findGroupByName, type Group } from '../store/groups.ts';
import { listLeases } from '../store/leases.ts';
import { pinsInForce } from '../store/pins.ts';
import { takings } from '../store/preset-takings.ts';
import { type Use, usesOf } from '../store/querylog/uses.ts';
import { rulesFor } from './rules-for.ts';
import type { ReportDeps } from './scope.ts';
import { judgeSymptom } from './symptom-verdict.ts';

type Deps = Pick<ReportDeps, 'main' | 'queryLog' | 'catalog' | 'clock'>;

export function symptoms(deps: Deps) {
  return ({ ids, group: named, since }: SymptomsInput): readonly SymptomReport[] => {
    const group = named === undefined ? undefined : findGroupByName(deps.main, named);
    if (named !== undefined && group === undefined) throw new KnownError('not-found', `group ${named}`);
    const look = group === undefined ? undefined : lookIn(deps, group, since);
    return ids.map((id) => {
      const symptom = findSymptom(deps.catalog, id);
      return { symptom, ...(look === undefined ? {} : { look: look(symptom) }) };
    });
  };
}

function lookIn(deps: Deps, group: Group, since: number): (symptom: Symptom) => SymptomLook {
  const { main, catalog, clock } = deps;
  const now = clock.now();
  const isOpen = openAddresses(deps, group);
  const lookAtName = rememberedLook(deps, group, since);
  const taken = new Set(takings(main, group.id).map(({ preset }) => preset));
  return (symptom) => {
    const names = symptom.names.map(lookAtName);
    const unnamed = symptom.unnamed.map((reference): UnnamedLook => {
      const { preset, one } = unnamedOf(catalog, reference);
      const { id, what, breaks, containment, remedy, addresses } = one;
      const open = addresses.filter(isOpen).length;
      return { preset, id, what, breaks, containment, remedy, addresses: addresses.length, open };
    });
    const judged = { group, symptom, names, unnamed, taken, mode: modeOf(group, now), since };
    return { group: group.name, since, names, unnamed, ...judgeSymptom(judged) };
  };
}

function rememberedLook({ main, queryLog, catalog, clock }: Deps, group: Group, since: number) {
  const judge = rulesFor(main, group, clock.now());
  const known = new Map<string, NameLook>();
  const lookAt = (pattern: string): NameLook => {
    const { kind, name } = parseReach(pattern);
    const [entry] = entriesAbout(catalog, kind === 'exact' ? name : parseDomainName(`x.${pattern.slice(2)}`));
    const all = usesOf(queryLog, {
      groupId: group.id,
      since,
      kind: kind === 'exact' ? 'exact' : 'below',
      name,
    });
    const types = (entry?.types ?? []).filter((type) => type !== 'HTTPS');
    const isOwn = entry?.alias === 'own-only';
    const uses = isOwn ? ofKnownServers(all, group) : all;
    const verdict = isOwn ? judgeOwn(uses, group) : judge(name, types);
    return {
      name: pattern,
      ...(entry === undefined ? {} : { preset: entry.presetId }),
      types,
      ...verdict,
      ...counted('asked', uses, () => true),
      ...counted('refused', uses, ({ verdict: ended }) => ended === 'denied'),
      ...counted('failed', uses, ({ verdict: ended }) => ended === 'failed'),
      open: kind === 'exact' ? openFor(main, group, name) : 0,
    };
  };
  return (pattern: string): NameLook => {
    const look = known.get(pattern) ?? lookAt(pattern);
    known.set(pattern, look);
    return look;
  };
}

/** What other servers are refused says nothing of one's own, unless nothing else was asked: then the hash may be the wrong one. */
function ofKnownServers(uses: readonly Use[], { plexDirect }: Group): readonly Use[] {
  const known = uses.filter(({ name }) => {
    const read = readPlexDirect(name, plexDirect);
    return !(read?.kind === 'refused' && read.reason === 'plex-direct-foreign');
  });
  return known.length > 0 ? known : uses;
}

/** No rule decides about such names, and no mode answers more of them. */
function judgeOwn(
  uses: readonly Use[],
  { plexDirect }: Group,
): { readonly allowed: boolean; readonly denied: boolean } {
  const isRefused = uses.some(({ name }) => readPlexDirect(name, plexDirect)?.kind === 'refused');
  return { allowed: plexDirect.hashes.length > 0 && !isRefused, denied: isRefused };
}

function counted<Key extends 'asked' | 'refused' | 'failed'>(
  key: Key,
  uses: readonly Use[],
  counts: (use: Use) => boolean,
): { readonly [K in Key]?: { readonly count: number; readonly lastAt: number } } {
  const own = uses.filter(counts);
  if (own.length === 0) return {};
  const told = {
    count: own.reduce((sum, { count }) => sum + count, 0),
    lastAt: Math.max(...own.map(({ lastAt }) => lastAt)),
  };
  return { [key]: told } as { readonly [K in Key]: typeof told };
}

function openFor(main: ReportDeps['main'], { id }: Group, name: DomainName): number {
  const leases = listLeases(main, { groupId: id, name, live: true, limit: LEASES_COUNTED }).items;
  return new Set(leases.map(({ address }) => address)).size;
}

/** Whether an address is open for the group by hand, by a feed or for any name. */
function openAddresses({ main, clock }: Deps, { id }: Group): (address: string) => boolean {
  const pins = pinsInForce(main, clock.now(), id).map(({ prefix }) => prefix);
  const fed = new Set<string>(
    liveFeedEntries(main).flatMap(({ groupId, address }) => (groupId === id ? [address] : [])),
  );
  return (text) => {
    const address = parseIpAddress(text);
    return (
      fed.has(address) ||
      pins.some((prefix) => prefixContains(prefix, address)) ||
      listLeases(main, { groupId: id, address, live: true, limit: 1 }).items.length > 0
    );
  };
}

function unnamedOf(catalog: Catalog, reference: string) {
  const [preset = '', id = ''] = reference.split('/');
  const one = catalog.presets.get(preset)?.unnamed.find((known) => known.id === id);
  if (one === undefined) throw new Error(`the catalog has no ${reference}`);
  return { preset, one };
}

/** Of one name; more than any name has open. */
const LEASES_COUNTED = 500;
