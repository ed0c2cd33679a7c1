import { type ReactNode, useState } from 'react';
import { useMayAdminister } from '../../api/roles.ts';
import type { Firewall } from '../../api/types.ts';
import { tookTime } from '../../lib/format-time.ts';
import { t } from '../../texts/texts.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { StateBadge, type Tone } from '../../ui/badge.tsx';
import { Time } from '../../ui/time.tsx';
import { useChangeFirewall } from './change-firewall.ts';
import { CheckList } from './check-list.tsx';
import { DryRunDialog } from './dry-run-dialog.tsx';
import { HeldRemovals } from './held-removals.tsx';

const TONES: Readonly<Record<Firewall['state'], Tone>> = {
  up: 'good',
  behind: 'warn',
  down: 'bad',
  starting: 'soft',
};

export function FirewallCard({ firewall }: { readonly firewall: Firewall }) {
  const { name, driver, alias, groups, state, sentence, enforces, ruleUse, findings } = firewall;
  const [isPlanning, setPlanning] = useState(false);
  const change = useChangeFirewall(name);
  const about = (action: string) => t.actions.about(action, name);
  return (
    <article className="card stack" aria-label={name}>
      <div className="row">
        <h3>
          {name} <span className="soft">({driver})</span>
        </h3>
        <StateBadge tone={TONES[state]}>{t.firewall.states[state]}</StateBadge>
        {enforces ? null : <StateBadge tone="bad">{t.firewall.notEnforces}</StateBadge>}
      </div>
      <p className="small">
        <code>{alias}</code> {t.firewall.groupsOf(groups.join(', '))}
      </p>
      {ruleUse === 'unused' ? <p className="problem-text">{t.firewall.ruleUnused(alias)}</p> : null}
      <p className={state === 'up' ? '' : 'problem-text'}>{sentence}</p>
      <HeldRemovals firewall={firewall} />
      <Facts firewall={firewall} />
      <Findings findings={findings} />
      {useMayAdminister() ? (
        <div className="row">
          <ActionButton
            loading={change.sync.isPending}
            label={about(t.firewall.syncNow)}
            onClick={() => change.sync.mutate()}
          >
            {t.firewall.syncNow}
          </ActionButton>
          <ActionButton variant="default" label={about(t.firewall.dryRun)} onClick={() => setPlanning(true)}>
            {t.firewall.dryRun}
          </ActionButton>
          <ActionButton
            variant="default"
            loading={change.examine.isPending}
            label={about(t.firewall.examine)}
            onClick={() => change.examine.mutate()}
          >
            {t.firewall.examine}
          </ActionButton>
        </div>
      ) : null}
      {isPlanning ? <DryRunDialog name={name} onClose={() => setPlanning(false)} /> : null}
    </article>
  );
}

/** What is wrong or not known stands open; what is fine is a click away. */
function Findings({ findings }: Pick<Firewall, 'findings'>) {
  const fine = findings.filter(({ result }) => result === 'ok');
  return (
    <>
      <CheckList checks={findings.filter(({ result }) => result !== 'ok')} />
      {fine.length === 0 ? null : (
        <details>
          <summary>✓ {t.firewall.fineChecks(fine.length)}</summary>
          <CheckList checks={fine} />
        </details>
      )}
    </>
  );
}

function Facts({ firewall }: { readonly firewall: Firewall }) {
  const { desired, entries, lastSuccessAt, writesToday, typicalLatencyMs, lastRun, retryAt, state } =
    firewall;
  return (
    <dl className="facts">
      <Fact term={t.firewall.wanted}>{desired}</Fact>
      <Fact term={t.firewall.holds}>{entries}</Fact>
      <Fact term={t.firewall.lastRead}>
        {lastSuccessAt === undefined ? t.firewall.never : <Time at={lastSuccessAt} />}
      </Fact>
      {lastRun === undefined ? null : (
        <Fact term={t.firewall.lastRun}>
          {t.firewall.outcomes[lastRun.outcome]}, {t.firewall.triggers[lastRun.trigger]}
        </Fact>
      )}
      {state === 'up' || retryAt === undefined ? null : (
        <Fact term={t.firewall.nextTry}>
          <Time at={retryAt} />
        </Fact>
      )}
      <Fact term={t.firewall.latency}>{tookTime(typicalLatencyMs)}</Fact>
      <Fact term={t.firewall.writes}>{writesToday}</Fact>
    </dl>
  );
}

function Fact({ term, children }: { readonly term: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  );
}
