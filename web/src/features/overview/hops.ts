import type { Firewall, Status } from '../../api/types.ts';
import { t } from '../../texts/texts.ts';
import type { Tone } from '../../ui/badge.tsx';
import { ENFORCEMENT_TONES, leastProtected } from '../../ui/enforcement.ts';

export interface Hop {
  readonly title: string;
  readonly tone: Tone;
  readonly detail: string;
}

type Known = Pick<Status, 'groups' | 'listeners' | 'upstreams' | 'firewalls' | 'openAddresses'>;

/** Server → DNS → rules → open addresses → firewall. Each is as good as the worst that is known of it; `heard`: who asked last, null if nobody. */
export function hopsOf(status: Known, heard: string | null | undefined): readonly Hop[] {
  return [
    {
      title: t.path.clients,
      tone: typeof heard === 'string' ? 'good' : 'soft',
      detail: heard === undefined ? t.path.notRead : (heard ?? t.path.neverAsked),
    },
    { title: t.path.dns, ...dnsOf(status) },
    { title: t.path.rules, ...rulesOf(status) },
    { title: t.path.alias, ...addressesOf(status) },
    { title: t.path.firewall, ...firewallOf(status.firewalls) },
  ];
}

type How = Omit<Hop, 'title'>;

function dnsOf({ listeners, upstreams }: Known): How {
  const [first] = listeners;
  if (upstreams.some(({ state }) => state === 'down')) return { tone: 'bad', detail: t.path.upstreamDown };
  if (first === undefined || listeners.some(({ error }) => error !== undefined))
    return { tone: 'bad', detail: t.path.notListening };
  return { tone: 'good', detail: t.path.listens(`${first.address}:${first.port}`) };
}

function rulesOf({ groups }: Known): How {
  const worst = leastProtected(groups);
  if (worst === undefined) return { tone: 'bad', detail: t.path.rulesOf(0) };
  const { state } = worst.enforcement;
  return {
    tone: ENFORCEMENT_TONES[state],
    detail: state === 'enforced' ? t.path.rulesOf(groups.length) : `${worst.name}: ${t.mode[state]}`,
  };
}

/** Whether the firewalls hold what is open, and nothing that should be gone. */
function addressesOf({ firewalls, openAddresses }: Known): How {
  const open = t.overview.open(openAddresses);
  if (firewalls.length === 0) return { tone: 'warn', detail: t.path.openBut(open, t.path.heldNowhere) };
  const held = firewalls.find((firewall) => firewall.held !== undefined);
  if (held !== undefined) return { tone: 'warn', detail: t.path.openBut(open, t.path.held(held.name)) };
  const late = worstOf(firewalls.filter(({ state }) => state !== 'up'));
  if (late !== undefined)
    return { tone: 'warn', detail: t.path.openBut(open, t.path.unconfirmed(late.name)) };
  const awaited = firewalls.find(({ entries, unexplained, desired }) => entries - unexplained < desired);
  if (awaited !== undefined)
    return { tone: 'soft', detail: t.path.openBut(open, t.path.onTheWay(awaited.name)) };
  return { tone: 'good', detail: open };
}

function firewallOf(firewalls: readonly Firewall[]): How {
  const worst = worstOf(firewalls);
  if (worst === undefined) return { tone: 'bad', detail: t.path.noFirewall };
  const { name, state, ruleUse, enforces } = worst;
  if (state !== 'up') return { tone: STATE_TONES[state], detail: `${name}: ${t.firewallStates[state]}` };
  if (ruleUse === 'unused') return { tone: 'bad', detail: t.path.aliasUnused(name) };
  if (!enforces) return { tone: 'bad', detail: t.path.stopsNothing(name) };
  return { tone: 'good', detail: firewalls.map((firewall) => firewall.name).join(', ') };
}

function worstOf(firewalls: readonly Firewall[]): Firewall | undefined {
  return firewalls.toSorted((a, b) => badness(b) - badness(a))[0];
}

function badness({ state, ruleUse, enforces }: Firewall): number {
  if (state === 'down') return 5;
  if (ruleUse === 'unused') return 4;
  if (state === 'behind') return 3;
  if (state === 'starting') return 2;
  return enforces ? 0 : 1;
}

const STATE_TONES = { down: 'bad', behind: 'warn', starting: 'soft', up: 'good' } as const;
