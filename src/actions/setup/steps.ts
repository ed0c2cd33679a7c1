import { formatPrefix } from '../../base/ip-address.ts';
import type { Setting } from '../../config/settings.ts';
import { type Group, listGroups } from '../../store/groups.ts';
import type { MainDb } from '../../store/open.ts';
import type { ConfigurationPort } from '../configuration/ports.ts';
import { endpoint } from '../doctor/own-checks.ts';
import { isLoopback } from '../doctor/resolv-conf-check.ts';
import type { FirewallReport, SyncPort } from '../ports.ts';
import type { QueryPort, QueryRecord } from '../query-port.ts';
import type { Listener } from './self-test.ts';

export type StepName = 'admin' | 'dns' | 'firewall' | 'host' | 'learn' | 'point' | 'leaks';

/** One step of the set-up, as it stands: nothing of it is kept anywhere else than in what it sets up. */
export interface SetupStep {
  readonly step: StepName;
  /** yours: only the host itself can tell. */
  readonly state: 'done' | 'open' | 'yours';
  /** One sentence. */
  readonly detail: string;
  /** What to do about it. */
  readonly remedy?: string;
  /** Who has set it beforehand: 'env SALLYPORT_FIREWALL_URL', 'sallyport.yaml:12'. */
  readonly presetBy?: string;
  /** Of the host that is pointed here: what it asked last. */
  readonly heard?: { readonly client: string; readonly name: string; readonly at: number };
}

interface Deps {
  readonly db: MainDb;
  readonly sync: Pick<SyncPort, 'state'>;
  readonly configuration: Pick<ConfigurationPort, 'settings'>;
  readonly queries: Pick<QueryPort, 'search'>;
}

/** How far the set-up has come, from what is there; so it goes on where it was, in whatever browser. */
export function setupSteps({ db, sync, configuration, queries }: Deps) {
  return async (listeners: readonly Listener[]): Promise<readonly SetupStep[]> => {
    const groups = listGroups(db).filter(isSomebodys);
    const heard = await lastHeard(queries, groups);
    return describeSteps({
      settings: configuration.settings(),
      listeners,
      firewalls: sync.state(),
      groups,
      heard,
    });
  };
}

export interface SetupFacts {
  readonly settings: readonly Pick<Setting, 'key' | 'source'>[];
  readonly listeners: readonly Listener[];
  readonly firewalls: readonly Pick<
    FirewallReport,
    'name' | 'alias' | 'connected' | 'enforces' | 'ruleUse'
  >[];
  /** Without the one of a first start, which is for trying out. */
  readonly groups: readonly Pick<Group, 'name' | 'clients' | 'mode' | 'presets' | 'place'>[];
  readonly heard: QueryRecord | undefined;
}

/** Pure. */
export function describeSteps(facts: SetupFacts): readonly SetupStep[] {
  const presetBy = (...keys: readonly string[]) => {
    const found = facts.settings.find(({ key, source }) => keys.includes(key) && source !== 'default');
    return found === undefined ? {} : { presetBy: found.source };
  };
  return [
    {
      step: 'admin',
      state: 'done',
      detail: 'An admin is there',
      ...presetBy('adminPassword', 'oidc.issuer'),
    },
    { ...dnsStep(facts), ...presetBy('dns.listen') },
    { ...firewallStep(facts), ...presetBy('firewalls[0].url', 'firewalls[0].driver') },
    hostStep(facts),
    learnStep(facts),
    pointStep(facts),
    {
      step: 'leaks',
      state: 'yours',
      detail: 'Whether the host can go around Sallyport shows on the host only',
    },
  ];
}

/** A question of a protected host proves that it comes through: a container may publish another port as 53. */
function dnsStep({ listeners, heard }: SetupFacts): SetupStep {
  const step = 'dns';
  const broken = listeners.find(({ error }) => error !== undefined);
  if (broken?.error !== undefined) {
    const detail = `${endpoint(broken)} could not be opened: ${broken.error.code}`;
    return { step, state: 'open', detail };
  }
  if (listeners.length === 0) return { step, state: 'open', detail: 'DNS does not listen yet' };
  const detail = `DNS listens on ${[...new Set(listeners.map(endpoint))].join(', ')}`;
  if (heard !== undefined) return { step, state: 'done', detail };
  const reached = listeners.filter(({ address }) => !isLoopback(address));
  if (reached.length === 0)
    return { step, state: 'open', detail: `${detail} only, where no other host can ask`, remedy: LISTEN };
  if (!reached.some(({ port }) => port === DNS_PORT)) {
    return {
      step,
      state: 'open',
      detail: `${detail}, and hosts ask port ${DNS_PORT}`,
      remedy: `${LISTEN} Where port ${DNS_PORT} is passed on to it (the published port of a container), leave it: this is done with the first question of a protected host.`,
    };
  }
  return { step, state: 'done', detail };
}

function firewallStep({ firewalls, groups }: SetupFacts): SetupStep {
  const step = 'firewall';
  const [first] = firewalls;
  if (first === undefined) {
    return {
      step,
      state: 'open',
      detail: groups.some(({ mode }) => mode === 'enforce')
        ? 'No firewall is connected: names are filtered, addresses are NOT enforced'
        : 'No firewall is connected: addresses are NOT enforced, and names are filtered only once a host enforces',
    };
  }
  const away = firewalls.find(({ connected }) => !connected);
  if (away !== undefined)
    return { step, state: 'open', detail: `${away.name} does not answer, or not as it should` };
  const idle = firewalls.find(({ enforces, ruleUse }) => !enforces || ruleUse === 'unused');
  if (idle !== undefined) {
    const why = idle.enforces
      ? `no rule uses ${idle.alias}, so nothing is enforced yet`
      : 'it is a stand-in, and stops no packet';
    return { step, state: 'open', detail: `${idle.name}: ${why}` };
  }
  const unseen = firewalls.find(({ ruleUse }) => ruleUse === 'unknown');
  const detail = `Connected: ${firewalls.map(({ name, alias }) => `${name} (${alias})`).join(', ')}`;
  return {
    step,
    state: 'done',
    detail:
      unseen === undefined
        ? detail
        : `${detail}. Whether a rule uses ${unseen.alias} cannot be seen from here`,
  };
}

function hostStep({ groups }: SetupFacts): SetupStep {
  const step = 'host';
  const group = groups.find(({ clients }) => clients.length > 0);
  if (group === undefined) return { step, state: 'open', detail: 'No host is protected yet' };
  const clients = group.clients.map(formatPrefix).join(', ');
  const presets = group.presets.length === 0 ? 'no preset' : group.presets.join(', ');
  return {
    step,
    state: 'done',
    detail: `${group.name}: ${clients} with ${presets}`,
    ...(group.place === undefined ? {} : { presetBy: group.place }),
  };
}

function learnStep({ groups }: SetupFacts): SetupStep {
  const step = 'learn';
  const [group] = groups;
  if (group === undefined)
    return { step, state: 'open', detail: 'Learning starts with the first protected host' };
  const detail =
    group.mode === 'learn'
      ? `${group.name} learns: every name is answered and written down, nothing is refused`
      : `${group.name} enforces already`;
  return { step, state: 'done', detail, ...(group.place === undefined ? {} : { presetBy: group.place }) };
}

function pointStep({ heard }: SetupFacts): SetupStep {
  const step = 'point';
  if (heard === undefined)
    return { step, state: 'open', detail: 'No question of a protected host was heard yet' };
  const { client, name, at } = heard;
  return { step, state: 'done', detail: `Heard from ${client}: ${name}`, heard: { client, name, at } };
}

/** The group of a first start is this machine itself. */
function isSomebodys({ origin }: Group): boolean {
  return origin !== 'default';
}

async function lastHeard(
  queries: Pick<QueryPort, 'search'>,
  groups: readonly Group[],
): Promise<QueryRecord | undefined> {
  const pages = await Promise.all(
    groups.slice(0, MOST_GROUPS).map(({ name }) => queries.search({ group: name, limit: 1 })),
  );
  return pages.flatMap(({ items }) => items).toSorted((a, b) => b.at - a.at)[0];
}

const DNS_PORT = 53;
const LISTEN =
  'Start Sallyport with an address of this machine that the host can reach: npm start -- --lan 192.168.1.20, or SALLYPORT_DNS_LISTEN=192.168.1.20:53.';
/** Each is a search of the query log, and a set-up has one or two. */
const MOST_GROUPS = 8;
