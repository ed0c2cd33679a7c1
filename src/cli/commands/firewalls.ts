import {
  type Firewall,
  FirewallList,
  FirewallOnly,
  FirewallPlan,
  FirewallRun,
  ListPath,
} from '../../api/contract/firewalls.ts';
import { type Command, type Context, type Output, UsageError } from '../command.ts';
import { count, paragraphs, printable, relativeTime, table } from '../format.ts';
import { trust } from './trust.ts';

export const firewalls: Command = {
  summary: 'the firewalls and what they hold',
  usage: '[--urls] | trust FIREWALL [--yes --pin PIN] | create-alias FIREWALL',
  options: { urls: { type: 'boolean' }, yes: { type: 'boolean' }, pin: { type: 'string' } },
  explain: {
    '--urls': 'where firewalls fetch their lists: secret, the path is the key',
    '--pin PIN': 'the key you expect, for a script: sha256/...',
    '--yes': 'ask nothing; goes with --pin',
  },
  examples: [
    ['sallyport firewalls', 'state, entries, and what is wrong'],
    ['sallyport firewalls --urls', 'what to write into the URL table of a firewall'],
    ['sallyport firewalls trust edge', 'the key it shows, and the line that pins it'],
    ['sallyport firewalls create-alias edge', 'make its alias, where the API and the key allow it'],
  ],
  async run(context) {
    const { client, now, words, values } = context;
    const [verb, ...rest] = words;
    if (verb === 'trust') return trust({ ...context, words: rest });
    if (values['yes'] === true || values['pin'] !== undefined)
      throw new UsageError('--yes and --pin go with trust');
    if (verb === 'create-alias') return createAlias(client, rest);
    if (verb !== undefined) throw new UsageError(`firewalls ${verb}: only trust and create-alias are known`);
    const list = await client.get('/firewalls', FirewallList);
    if (values['urls'] === true) return listPaths(client, list.items);
    const troubles = list.items.flatMap((firewall) => [
      printable(firewall.sentence),
      ...(firewall.held === undefined ? [] : [...heldLines(firewall.name, firewall.held)]),
      ...findings(firewall),
    ]);
    return {
      data: list,
      text: paragraphs(
        firewallTable(list.items, now) || 'No firewall is connected: addresses are NOT enforced.',
        troubles.join('\n'),
      ),
    };
  },
};

async function createAlias(client: Context['client'], [name, ...more]: readonly string[]): Promise<Output> {
  if (name === undefined || more.length > 0)
    throw new UsageError('create-alias needs the name of one firewall');
  const path = `/firewalls/${encodeURIComponent(name)}/create-alias`;
  const { firewall } = await client.send('POST', path, undefined, FirewallRun);
  return {
    data: firewall,
    text: `${name}: the alias ${firewall.alias} is made. ${printable(firewall.sentence)}`,
  };
}

export const sync: Command = {
  summary: 'bring the firewalls in line now, or see what that would do',
  usage: '[FIREWALL] [--plan | --release | --drop | --examine]',
  options: {
    plan: { type: 'boolean' },
    release: { type: 'boolean' },
    drop: { type: 'boolean' },
    examine: { type: 'boolean' },
  },
  explain: {
    '--plan': 'only show what would change',
    '--release': 'carry out the large removal that waits for your OK',
    '--drop': 'do not; keep those addresses',
    '--examine': 'look at connection, key, alias and rule',
  },
  examples: [
    ['sallyport sync', 'every firewall, now'],
    ['sallyport sync edge --plan', 'what would change on one'],
  ],
  async run(context) {
    const chosen = ['plan', 'release', 'drop', 'examine'].filter((one) => context.values[one] === true);
    if (chosen.length > 1) throw new UsageError(`only one of --${chosen.join(', --')}`);
    const known = (await context.client.get('/firewalls', FirewallList)).items.map(
      (firewall) => firewall.name,
    );
    const names = context.words.length > 0 ? context.words : known;
    if (names.length === 0) return { data: { items: [] }, text: 'No firewall is connected.' };
    if (names.length > 1 && (chosen[0] === 'release' || chosen[0] === 'drop')) {
      throw new UsageError(`name the firewall: ${known.join(', ')}`);
    }
    const done: Output[] = [];
    for (const name of names) done.push(await one(context, name, chosen[0] ?? 'sync'));
    return {
      data: { items: done.map((output) => output.data) },
      text: paragraphs(...done.map((output) => output.text)),
      failed: done.some((output) => output.failed === true),
    };
  },
};

export function firewallTable(list: readonly Firewall[], now: number): string {
  const rows = list.map((firewall) => [
    firewall.name,
    firewall.driver,
    firewall.state,
    `${firewall.entries} of ${firewall.desired}`,
    firewall.alias,
    firewall.ruleUse,
    firewall.lastSuccessAt === undefined ? 'never' : relativeTime(firewall.lastSuccessAt, now),
    firewall.enforces ? '' : 'a stand-in: stops no packet',
  ]);
  return table(['FIREWALL', 'KIND', 'STATE', 'ENTRIES', 'ALIAS', 'RULE', 'READ', ''], rows);
}

async function listPaths(client: Context['client'], all: readonly Firewall[]): Promise<Output> {
  const fetching = all.filter(({ driver }) => driver === 'feed');
  const items: { readonly name: string; readonly path: string }[] = [];
  for (const { name } of fetching) {
    const { path } = await client.get(`/firewalls/${encodeURIComponent(name)}/list`, ListPath);
    items.push({ name, path });
  }
  const lines = items.map(({ name, path }) => printable(`${name}: ${path}`));
  const text =
    lines.length === 0
      ? 'No firewall fetches a list (driver: feed).'
      : paragraphs(
          lines.join('\n'),
          'Put the address of the page before it, as in http://192.168.1.20:8080/feed/...',
        );
  return { data: { items }, text };
}

async function one({ client }: Context, name: string, what: string): Promise<Output> {
  const path = `/firewalls/${encodeURIComponent(name)}/${what}`;
  if (what === 'plan') {
    const { plan } = await client.send('POST', path, undefined, FirewallPlan);
    const lines = [
      ...plan.add.map((address) => `+ ${address}`),
      ...plan.renew.map((address) => `~ ${address}`),
      ...plan.remove.map((address) => `- ${address}`),
    ];
    return {
      data: { name, plan },
      text: `${name}: ${lines.length === 0 ? 'nothing to change' : `\n${lines.join('\n')}`}`,
    };
  }
  if (what === 'examine') {
    const { firewall } = await client.send('POST', path, undefined, FirewallOnly);
    const text = table(
      ['CHECK', 'RESULT', ''],
      firewall.findings.map(({ check, result, detail, remedy }) => [
        check,
        result,
        remedy === undefined ? detail : `${detail} → ${remedy}`,
      ]),
    );
    return {
      data: firewall,
      text: `${name}:\n${text}`,
      failed: firewall.findings.some((one) => one.result === 'failed'),
    };
  }
  if (what === 'drop') {
    const { firewall } = await client.send('POST', path, undefined, FirewallOnly);
    return { data: firewall, text: `${name}: the removal was dropped.` };
  }
  const { run } = await client.send('POST', path, undefined, FirewallRun);
  const changes = run.changes.length === 0 ? '' : `, ${count(run.changes.length, 'change')}`;
  return {
    data: { name, run },
    text: printable(`${name}: ${run.outcome}${changes}${run.detail === '' ? '' : `: ${run.detail}`}`),
    failed: run.outcome === 'failed',
  };
}

/** The whole of what a person decides on. */
function heldLines(
  name: string,
  { why, removals, addresses }: NonNullable<Firewall['held']>,
): readonly string[] {
  const more = removals.length - addresses.length;
  return [
    printable(`${name}: large removal, needs your OK: ${why}`),
    ...addresses.map(({ address, known }) => printable(`  ${address}  ${known}`)),
    ...(more > 0 ? [`  and ${more} more`] : []),
    `  sallyport sync ${name} --release | --drop`,
  ];
}

function findings(firewall: Firewall): readonly string[] {
  return firewall.findings
    .filter((finding) => finding.result === 'failed')
    .map(({ detail, remedy }) =>
      printable(`${firewall.name}: ${detail}${remedy === undefined ? '' : ` → ${remedy}`}`),
    );
}
