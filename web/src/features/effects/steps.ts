import type { Followed } from '../../api/effects.ts';
import { tookTime } from '../../lib/format-time.ts';
import { t } from '../../texts/texts.ts';
import type { Tone } from '../../ui/badge.tsx';

export interface Step {
  readonly text: string;
  readonly tone: Tone;
}

/** Allowed, resolved, in the alias, asked again; a name that does not exist comes no further than its answer. */
export function stepsOf({
  addresses,
  firewalls,
  answeredAt,
  rcode,
}: Pick<Followed, 'addresses' | 'firewalls' | 'answeredAt' | 'rcode'>): readonly Step[] {
  const isResolved = addresses.length > 0;
  if (!isResolved && rcode === 'NXDOMAIN') {
    return [
      { text: t.effects.allowed, tone: 'good' },
      { text: t.effects.askedAgain, tone: 'good' },
      { text: t.effects.noSuchName, tone: 'warn' },
    ];
  }
  return [
    { text: t.effects.allowed, tone: 'good' },
    isResolved
      ? { text: t.effects.resolvedN(addresses.length), tone: 'good' }
      : { text: t.effects.resolved, tone: 'soft' },
    ...(firewalls.length === 0
      ? [{ text: t.effects.noFirewall, tone: 'warn' as const }]
      : firewalls.map((firewall) => aliasStep(firewall, isResolved))),
    answeredAt === undefined
      ? { text: t.effects.waitsForQuestion, tone: 'soft' }
      : { text: t.effects.askedAgain, tone: 'good' },
  ];
}

function aliasStep({ name, state, ms }: Followed['firewalls'][number], isResolved: boolean): Step {
  switch (state) {
    case 'confirmed':
      return {
        text: ms === undefined ? t.effects.inAlias(name) : t.effects.inAliasMs(name, tookTime(ms)),
        tone: isResolved ? 'good' : 'soft',
      };
    case 'unenforced':
      return { text: t.effects.unenforced(name), tone: 'warn' };
    case 'error':
      return { text: t.effects.error(name), tone: 'bad' };
    default:
      return { text: t.effects.inAlias(name), tone: 'soft' };
  }
}
