/** What to do with names that no preset knows: each by itself where it comes back, a wildcard where new ones keep coming, and else nothing. */

import { type DomainName, formatDomainName, isBelow, parentOf } from '../base/domain-name.ts';
import { registeredDomain } from '../base/public-suffix.ts';
import { addressSharing } from './hosting.ts';
import type { Catalog } from './load.ts';
import { type Trusted, trust } from './lookalikes.ts';
import { nameRisks } from './name-risks.ts';
import type { AskedName, LeftOut, LeftOutCode, SuggestedRule, SuggestInput, Suggestion } from './suggest.ts';

export function suggestUnknown(
  asked: readonly AskedName[],
  { catalog, hashes, since, until }: Pick<SuggestInput, 'catalog' | 'hashes' | 'since' | 'until'>,
): Pick<Suggestion, 'rules' | 'leftOut'> {
  const trusted = trustedDomains(catalog);
  const rules: SuggestedRule[] = [];
  const leftOut: LeftOut[] = [];
  const wasWatchedLong = until - since > WATCHED_LONG_MS;
  const fit: AskedName[] = [];
  for (const one of asked) {
    const name = formatDomainName(one.name);
    const risks = nameRisks(name, { hashes, trusted });
    const leave = (code: LeftOutCode, why: string) =>
      void leftOut.push({ name, code, why, risks, count: one.count });
    if (risks[0] !== undefined) leave('risky', risks[0].sentence);
    else if (!one.types.some((type) => type === 'A' || type === 'AAAA'))
      leave('other-types', `answered for ${one.types.join(', ')} only: a way to carry data out`);
    else fit.push(one);
  }

  for (const [domain, names] of Map.groupBy(fit, ({ name }) => domainOf(name))) {
    const once = names.filter((one) => isBrief(one));
    const isFlood = names.length > MANY_NAMES && once.length > names.length * MOSTLY;
    const wide = isFlood ? [] : wildcardsFor(names, catalog);
    for (const one of names) {
      const name = formatDomainName(one.name);
      const leave = (code: LeftOutCode, why: string) =>
        void leftOut.push({ name, code, why, risks: [], count: one.count });
      if (isFlood)
        leave(
          'many-labels',
          `one of ${names.length} names of ${domain}, nearly all asked once: a tunnel looks so`,
        );
      else if (wide.some(({ names: covered }) => covered.includes(name))) continue;
      else if (wasWatchedLong && isBrief(one)) leave('asked-once', 'asked within one hour and never again');
      else rules.push(exact(name, one));
    }
    rules.push(...wide);
  }
  return { rules: rules.sort((a, b) => b.count - a.count), leftOut };
}

function exact(name: string, { count, days }: AskedName): SuggestedRule {
  return {
    pattern: name,
    types: ADDRESSES,
    selected: false,
    why: `asked ${count === 1 ? 'once' : `${count} times`} on ${days === 1 ? 'one day' : `${days} days`}; the catalog does not know it`,
    names: [name],
    count,
  };
}

/** A wildcard for the names that came and went, where more of them are to be expected; what comes back keeps its own rule. */
function wildcardsFor(names: readonly AskedName[], catalog: Catalog): readonly SuggestedRule[] {
  return [...Map.groupBy(names, ({ name }) => parentOf(name) ?? name)].flatMap(([parent, children]) => {
    const passing = children.filter(isBrief);
    const firstDays = new Set(children.map(({ firstAt }) => Math.floor(firstAt / DAY_MS)));
    const pattern = `*.${formatDomainName(parent)}`;
    const isWanted =
      children.length >= WILDCARD_LABELS && firstDays.size >= WILDCARD_DAYS && passing.length > 0;
    if (!isWanted || nameRisks(pattern).length > 0 || isSharedBelow(catalog, parent)) return [];
    return {
      pattern,
      types: ADDRESSES,
      selected: false,
      why: `${children.length} names below ${formatDomainName(parent)}, new ones on ${firstDays.size} days`,
      names: passing.map(({ name }) => formatDomainName(name)),
      count: passing.reduce((sum, { count }) => sum + count, 0),
    };
  });
}

/** The catalog knows names there whose addresses serve others too: a wildcard would open more than it says. */
function isSharedBelow(catalog: Catalog, parent: DomainName): boolean {
  return catalog.entries.some(
    ({ reach, shared_hosting, hosting_verified }) =>
      (reach.name === parent || isBelow(reach.name, parent)) &&
      SHARED.has(addressSharing(shared_hosting, hosting_verified).shared),
  );
}

const SHARED: ReadonlySet<string> = new Set(['yes', 'likely']);

/** What names may be made to look like: the domains of everything in the catalog. */
function trustedDomains(catalog: Catalog): readonly Trusted[] {
  return trust(catalog.entries.map(({ reach }) => domainOf(reach.name)));
}

function domainOf(name: DomainName): string {
  return registeredDomain(formatDomainName(name));
}

function isBrief({ firstAt, lastAt }: AskedName): boolean {
  return lastAt - firstAt < BRIEF_MS;
}

const ADDRESSES: readonly string[] = ['A', 'AAAA'];
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Milliseconds: what is needed comes back later than that; and the time after which it can be said that it did not. */
const BRIEF_MS = HOUR_MS;
const WATCHED_LONG_MS = DAY_MS;
/** Names of one domain; a home that has more with any one domain has a tunnel, or a browser on it. */
const MANY_NAMES = 30;
/** The part of them that was asked once only. */
const MOSTLY = 0.8;
/** Labels below one name, and days on which one of them was new: fewer are written out. */
const WILDCARD_LABELS = 4;
const WILDCARD_DAYS = 3;
