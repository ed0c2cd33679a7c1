import type { Status } from '../../api/types.ts';
import { t } from '../../texts/texts.ts';
import { GLYPHS, type Tone } from '../../ui/badge.tsx';
import { Section } from '../../ui/section.tsx';
import { useHeard } from './heard.ts';

interface Hop {
  readonly title: string;
  readonly tone: Tone;
  readonly detail: string;
}

/** Server → DNS → rules → open addresses → firewall, each with how it is. */
export function QuestionPath({ status }: { readonly status: Status }) {
  const heard = useHeard(status.groups);
  return (
    <Section title={t.overview.path}>
      <ol className="path card">
        {hopsOf(status, heard).map(({ title, tone, detail }) => (
          <li key={title} className="hop">
            <span className={`dot dot-${tone}`} aria-hidden="true">
              {GLYPHS[tone]}
            </span>
            <strong>{title}</strong>
            <span className="small">{detail}</span>
          </li>
        ))}
      </ol>
    </Section>
  );
}

function hopsOf(status: Status, heard: string | undefined): readonly Hop[] {
  const { groups, listeners, upstreams, firewalls, openAddresses } = status;
  const failed = listeners.find(({ error }) => error !== undefined);
  const [first] = listeners;
  const isUpstreamDown = upstreams.some(({ state }) => state === 'down');
  const worst =
    firewalls.find(({ state }) => state !== 'up') ?? firewalls.find(({ ruleUse }) => ruleUse === 'unused');
  return [
    {
      title: t.path.clients,
      tone: heard === undefined ? 'soft' : 'good',
      detail: heard ?? t.path.neverAsked,
    },
    {
      title: t.path.dns,
      tone: failed !== undefined || isUpstreamDown ? 'bad' : 'good',
      detail: isUpstreamDown
        ? t.path.upstreamDown
        : failed !== undefined || first === undefined
          ? t.path.notListening
          : t.path.listens(`${first.address}:${first.port}`),
    },
    {
      title: t.path.rules,
      tone:
        groups.length === 0 || groups.some(({ enforcement }) => enforcement.state === 'names-only')
          ? 'bad'
          : 'good',
      detail: t.path.rulesOf(groups.length),
    },
    { title: t.path.alias, tone: 'good', detail: t.overview.open(openAddresses) },
    {
      title: t.path.firewall,
      tone: firewalls.length === 0 || worst !== undefined ? 'bad' : 'good',
      detail:
        worst === undefined
          ? firewalls.map(({ name }) => name).join(', ') || t.path.noFirewall
          : `${worst.name}: ${t.firewallStates[worst.state]}`,
    },
  ];
}
