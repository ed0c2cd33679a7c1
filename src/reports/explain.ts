/** What a name or an address is: from the catalog, and from what it was open for. */
import type { ExplainedAddress, ExplainedName, ExplainInput } from '../actions/reports/explain.ts';
import { type DomainName, formatDomainName, parseDomainName } from '../base/domain-name.ts';
import type { IpAddress } from '../base/ip-address.ts';
import { entriesAbout, explain as inShort } from '../catalog/explain.ts';
import { type Group, listGroups } from '../store/groups.ts';
import { listLeases } from '../store/leases.ts';
import { takings } from '../store/preset-takings.ts';
import { rulesFor } from './rules-for.ts';
import { groupInScope, type ReportDeps } from './scope.ts';
import { whyPlexDirect } from './why-plex-direct.ts';

type Deps = Pick<ReportDeps, 'main' | 'catalog' | 'clock'>;

export function explain(deps: Deps) {
  return (input: ExplainInput): ExplainedName | ExplainedAddress => {
    const groups = groupsAsked(deps, input.group);
    return 'address' in input
      ? explainAddress(deps, input.address, groups)
      : explainName(deps, input.name, groups);
  };
}

interface AskedGroup {
  readonly id: number;
  readonly name: string;
  readonly judge: (
    name: DomainName,
    types: readonly string[],
  ) => Omit<ExplainedName['groups'][number], 'group'>;
  /** Presets it took. */
  readonly taken: ReadonlySet<string>;
}

function groupsAsked({ main, clock }: Deps, only: string | undefined): readonly AskedGroup[] {
  const scope = only === undefined ? undefined : groupInScope(main, { group: only });
  return (scope === undefined ? listGroups(main) : [scope]).map((group) => ({
    id: group.id,
    name: group.name,
    judge: judgeIn(main, group, clock.now()),
    taken: new Set(takings(main, group.id).map(({ preset }) => preset)),
  }));
}

function judgeIn(main: Deps['main'], group: Group, now: number): AskedGroup['judge'] {
  const byRules = rulesFor(main, group, now);
  return (name, types) => {
    const own = whyPlexDirect(group, name);
    if (own === undefined) return byRules(name, types);
    const { verdict, sentence } = own;
    return { allowed: verdict === 'allowed', denied: verdict === 'denied', sentence };
  };
}

function explainName({ catalog }: Deps, text: string, groups: readonly AskedGroup[]): ExplainedName {
  const name = parseDomainName(text);
  const entries = entriesAbout(catalog, name);
  const short = inShort(catalog, name);
  const types = [...new Set(entries.flatMap((entry) => entry.types))].filter((type) => type !== 'HTTPS');
  const [best] = entries;
  return {
    name: text,
    sentence: sentenceFor(text, short),
    ...(short === undefined ? {} : { catalog: short }),
    ...(best?.note === undefined ? {} : { note: best.note }),
    ports: best?.ports ?? [],
    ...(best === undefined ? {} : { confidence: best.confidence }),
    presets: entries.map(({ presetId, pattern, need, why, breaks, sources }) => ({
      id: presetId,
      title: catalog.presets.get(presetId)?.title ?? presetId,
      pattern,
      need,
      why,
      breaks,
      sources,
      groups: groups.filter(({ taken }) => taken.has(presetId)).map((group) => group.name),
    })),
    groups: groups.map((group) => ({ group: group.name, ...group.judge(name, types) })),
  };
}

function sentenceFor(name: string, known: ReturnType<typeof inShort>): string {
  if (known === undefined)
    return `The catalog does not know ${name}: that says nothing for or against it. Look who asks it: sallyport queries --name ${name}`;
  const { title, need, why, breaks, addresses, refused } = known;
  const without = refused ? `Refused on purpose; without it: ${breaks}` : `Without it: ${breaks}`;
  return `${name} (${title}, ${need}): ${why} ${without} ${addresses.sentence}`;
}

function explainAddress(deps: Deps, address: IpAddress, groups: readonly AskedGroup[]): ExplainedAddress {
  const { main, catalog } = deps;
  const ids = new Set(groups.map(({ id }) => id));
  const leases = listLeases(main, { address, limit: LEASES_LOOKED_AT }).items.filter(
    ({ cause, groupId }) => cause !== 'adopted' && ids.has(groupId),
  );
  const openNames = new Set(leases.filter(({ endedAt }) => endedAt === undefined).map(({ name }) => name));
  const names = [...new Set<DomainName>(leases.map(({ name }) => name))].slice(0, NAMES_TOLD);
  const unnamed = [...catalog.presets.values()].flatMap((preset) =>
    preset.unnamed
      .filter(({ addresses }) => addresses.includes(address))
      .map(({ id, what, breaks, containment, remedy, sources }) => ({
        preset: preset.id,
        title: preset.title,
        id,
        what,
        breaks,
        containment,
        remedy,
        sources,
      })),
  );
  return {
    address,
    sentence: addressSentence(address, { names: names.length, unnamed: unnamed.map(({ what }) => what) }),
    unnamed,
    names: names.map((name) => ({
      ...explainName(deps, formatDomainName(name), groups),
      open: openNames.has(name),
    })),
  };
}

function addressSentence(
  address: IpAddress,
  { names, unnamed }: { readonly names: number; readonly unnamed: readonly string[] },
): string {
  const listed = unnamed.length === 0 ? '' : `${address} is listed by the catalog: ${unnamed.join(', ')}. `;
  if (names > 0) return `${listed}${names === 1 ? 'One name' : `${names} names`} led to ${address} here.`;
  return listed === ''
    ? `The catalog does not list ${address}, and no name that was allowed led to it here. Why it is or was open: sallyport why ${address}`
    : listed.trimEnd();
}

/** Newest first; an address of a content network has thousands. */
const LEASES_LOOKED_AT = 500;
/** Names of one address that are explained one by one. */
const NAMES_TOLD = 20;
