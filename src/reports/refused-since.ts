/** What a group was refused since a moment, with what is known of each name; what is refused all day is told apart. */
import type { RefusedName, RefusedSince, RefusedSinceInput } from '../actions/reproduce/ports.ts';
import { formatDomainName } from '../base/domain-name.ts';
import { type Explanation, explain } from '../catalog/explain.ts';
import { nameRisks } from '../catalog/name-risks.ts';
import { typeName } from '../dns/wire/constants.ts';
import { findGroupByName } from '../store/groups.ts';
import { type Refused, refusedInPeriod } from '../store/querylog/refused.ts';
import { isBackground } from './background.ts';
import { REFUSED_FOR_WHAT_THEY_ARE } from './names-asked.ts';
import type { ReportDeps } from './scope.ts';

export function refusedSince({ main, queryLog, catalog }: Pick<ReportDeps, 'main' | 'queryLog' | 'catalog'>) {
  return ({ group: name, since, until }: RefusedSinceInput): RefusedSince => {
    const group = findGroupByName(main, name);
    if (group === undefined) return { refused: [], background: [], onPurpose: [] };
    const { hashes, shared } = group.plexDirect;
    const own = { hashes: [...hashes, ...shared.map(({ hash }) => hash)] };
    const of = { groupId: group.id };
    const found = refusedInPeriod(queryLog, { ...of, since, until }).filter(({ reasons }) =>
      reasons.some((reason) => !REFUSED_FOR_WHAT_THEY_ARE.has(reason)),
    );
    const before =
      found.length === 0
        ? new Map<string, Refused>()
        : new Map(
            refusedInPeriod(queryLog, { ...of, since: since - DAY_MS, until: since }).map((one) => [
              one.name,
              one,
            ]),
          );
    const isNoise = (one: Refused) => isBackground(one, before.get(one.name), until - since);
    const describe = (one: Refused): RefusedName => {
      const text = formatDomainName(one.name);
      const known = explain(catalog, one.name);
      const earlier = before.get(one.name);
      const onPurpose = purposeOf(one, known);
      return {
        name: text,
        types: one.qtypes.map(typeName).sort(),
        reasons: one.reasons,
        count: one.count,
        firstAt: one.firstAt,
        lastAt: one.lastAt,
        ...(known === undefined
          ? {}
          : { catalog: { title: known.title, why: known.why, breaks: known.breaks } }),
        risks: nameRisks(text, own),
        ...(onPurpose === undefined ? {} : { onPurpose }),
        ...(earlier === undefined ? {} : { before: { count: earlier.count, hours: earlier.hours } }),
      };
    };
    const newestFirst = found.toSorted((a, b) => b.lastAt - a.lastAt);
    const [noise, rest] = [newestFirst.filter(isNoise), newestFirst.filter((one) => !isNoise(one))];
    const described = rest.map(describe);
    return {
      refused: described.filter(({ onPurpose }) => onPurpose === undefined).slice(0, NAMES_TOLD),
      background: noise.slice(0, NAMES_TOLD).map(describe),
      onPurpose: described.filter(({ onPurpose }) => onPurpose !== undefined).slice(0, NAMES_TOLD),
    };
  };
}

/** A deny rule comes first: what the catalog says of the name no longer matters then. */
function purposeOf({ reasons }: Refused, known: Explanation | undefined): RefusedName['onPurpose'] {
  if (reasons.includes('deny-rule')) return 'rule';
  return known?.refused === true ? 'catalog' : undefined;
}

/** Of each list, the last ones; nobody looks through more while something fails. */
const NAMES_TOLD = 200;
const DAY_MS = 86_400_000;
