import type { Finding } from '../driver.ts';
import { failedFinding } from '../findings.ts';
import type { Nft } from './nft.ts';
import { listSet, type SetName } from './sets.ts';

export async function examine(
  nft: Nft,
  sets: readonly SetName[],
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  try {
    const version = await nft.run(['--version'], signal);
    findings.push({ check: 'version', result: 'ok', detail: version.trim() });
    const ruleset = await nft.run(['-j', 'list', 'ruleset'], signal);
    findings.push({ check: 'privileges', result: 'ok', detail: 'Sallyport may change the packet filter' });
    findings.push(await examineSets(nft, sets, signal));
    findings.push(examineRules(sets, JSON.parse(ruleset)));
  } catch (error) {
    findings.push(failedFinding(error, findings.length === 0 ? 'reachable' : 'alias'));
  }
  return findings;
}

async function examineSets(nft: Nft, sets: readonly SetName[], signal: AbortSignal): Promise<Finding> {
  const words: string[] = [];
  for (const set of sets) {
    const listed = await listSet(nft, set, signal);
    words.push(
      `${set.name} ${listed === 'absent' ? 'is made at the first change' : `holds ${listed.size} addresses`}`,
    );
  }
  return { check: 'alias', result: 'ok', detail: words.join(', ') };
}

function examineRules(sets: readonly SetName[], ruleset: unknown): Finding {
  const used = sets.filter((set) =>
    rulesOfTable(ruleset, set.table).some((rule) => mentions(rule, `@${set.name}`)),
  );
  const [first] = sets;
  if (used.length === 0) {
    return {
      check: 'rule-uses-alias',
      result: 'failed',
      detail: `No rule of table ${first?.table} uses ${sets.map(({ name }) => `@${name}`).join(' or ')}`,
      remedy: `Add to your forward chain in table ${first?.table}: ip daddr @${first?.name} accept, the same with ip6 for IPv6, and a drop below. Sets are only seen by rules of their own table.`,
    };
  }
  const names = used.map(({ name }) => `@${name}`).join(' and ');
  const only = used.length < sets.length ? '; the other family is not opened by any rule' : '';
  return { check: 'rule-uses-alias', result: 'ok', detail: `A rule uses ${names}${only}` };
}

function rulesOfTable(ruleset: unknown, familyAndName: string): readonly unknown[] {
  const [family, table] = familyAndName.split(' ');
  const items = field(ruleset, 'nftables');
  return (Array.isArray(items) ? items : [])
    .map((item: unknown) => field(item, 'rule'))
    .filter((rule) => field(rule, 'family') === family && field(rule, 'table') === table);
}

function mentions(value: unknown, reference: string): boolean {
  if (typeof value === 'object' && value !== null) {
    return Object.values(value).some((inner) => mentions(inner, reference));
  }
  return value === reference;
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
