import { z } from 'zod';
import type { Finding } from '../driver.ts';
import { failedFinding } from '../findings.ts';
import { type ListRow, readList } from './address-list.ts';
import { type MikrotikClient, unexpectedAnswer } from './client.ts';

/** From the outside in: a router that does not answer, or refuses the user, is asked nothing more. */
export async function examine(
  client: MikrotikClient,
  list: string,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  try {
    findings.push(await examineVersion(client, signal));
    findings.unshift(
      { check: 'reachable', result: 'ok', detail: 'The REST API of RouterOS answers' },
      { check: 'key', result: 'ok', detail: 'User and password are accepted' },
    );
    findings.push(examineList(list, await readList(client, list, signal)));
    findings.push(await examineRules(client, list, signal));
    findings.push({
      check: 'privileges',
      result: 'unknown',
      detail: 'The user may read; whether it may write shows at the first change',
      remedy: 'The group of the user needs the policies read, write and rest-api (System > Users > Groups).',
    });
  } catch (error) {
    findings.push(failedFinding(error, findings.length === 0 ? 'version' : 'alias'));
  }
  return findings;
}

async function examineVersion(client: MikrotikClient, signal: AbortSignal): Promise<Finding> {
  const answer = await client.call({ method: 'GET', path: 'system/resource' }, signal);
  const version = answer.ok ? Resource.safeParse(answer.json).data?.version : undefined;
  const major = /^(\d{1,3})\./.exec(version ?? '')?.[1];
  if (version === undefined || major === undefined) {
    return {
      check: 'version',
      result: 'unknown',
      detail: 'The router does not tell its version',
      remedy: 'RouterOS 7.1 or newer is needed.',
    };
  }
  if (Number(major) < 7) {
    return {
      check: 'version',
      result: 'failed',
      detail: `RouterOS ${version} has no REST API`,
      remedy: 'Upgrade to RouterOS 7.1 or newer.',
    };
  }
  return { check: 'version', result: 'ok', detail: `RouterOS ${version}` };
}

function examineList(list: string, rows: readonly ListRow[]): Finding {
  const disabled = rows.filter((row) => row.disabled);
  if (disabled.length > 0) {
    return {
      check: 'alias',
      result: 'failed',
      detail: `${list} has ${disabled.length} disabled entries (first: ${disabled[0]?.text}): while they are there, their addresses cannot be opened`,
      remedy: 'Remove or enable them under IP > Firewall > Address Lists.',
    };
  }
  const foreign = rows.filter(({ address }) => address === undefined);
  if (foreign.length > 0) {
    const first = foreign.slice(0, 5).map(({ text }) => text);
    return {
      check: 'alias',
      result: 'failed',
      detail: `${list} holds more than single addresses: ${first.join(', ')}. Sallyport neither sees nor removes these.`,
      remedy: 'Move them to another list (IP > Firewall > Address Lists).',
    };
  }
  return { check: 'alias', result: 'ok', detail: `${list} has ${rows.length} entries` };
}

/** Allowed by a rule for the list, or spared by a drop of everything else. */
async function examineRules(client: MikrotikClient, list: string, signal: AbortSignal): Promise<Finding> {
  const rules = [
    ...(await readRules(client, 'ip/firewall/filter', signal)),
    ...(await readRules(client, 'ipv6/firewall/filter', signal)),
  ];
  const isUsed = rules.some(
    ({ 'dst-address-list': to, disabled }) => disabled !== 'true' && (to === list || to === `!${list}`),
  );
  if (isUsed)
    return { check: 'rule-uses-alias', result: 'ok', detail: `A filter rule has ${list} as its destination` };
  return {
    check: 'rule-uses-alias',
    result: 'failed',
    detail: `No enabled filter rule has the address list ${list} as its destination`,
    remedy: `Add to the chain forward: accept from the protected host with dst-address-list=${list}, and below it drop the rest (IP > Firewall > Filter Rules; IPv6 likewise).`,
  };
}

async function readRules(
  client: MikrotikClient,
  path: string,
  signal: AbortSignal,
): Promise<readonly z.infer<typeof Rule>[]> {
  const answer = await client.call({ method: 'GET', path }, signal);
  if (!answer.ok) throw unexpectedAnswer(`list ${path}`, answer);
  return z.array(Rule).safeParse(answer.json).data ?? [];
}

const Resource = z.object({ version: z.string().max(100).optional() });
const Rule = z.object({ 'dst-address-list': z.string().optional(), disabled: z.string().optional() });
