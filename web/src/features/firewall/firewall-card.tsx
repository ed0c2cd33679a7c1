import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useMayAdminister } from '../../api/roles.ts';
import type { Firewall } from '../../api/types.ts';
import { tookTime } from '../../lib/format-time.ts';
import { firewallTexts } from '../../texts/en/firewall.ts';
import { t } from '../../texts/texts.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { StateBadge, type Tone } from '../../ui/badge.tsx';
import { Fact } from '../../ui/fact.tsx';
import { Time } from '../../ui/time.tsx';
import { useChangeFirewall } from './change-firewall.ts';
import { CheckList } from './check-list.tsx';
import { DryRunDialog } from './dry-run-dialog.tsx';
import { HeldRemovals } from './held-removals.tsx';
import { Unreachable } from './unreachable.tsx';

const TONES: Readonly<Record<Firewall['state'], Tone>> = {
  up: 'good',
  behind: 'warn',
  down: 'bad',
  starting: 'soft',
};

export function FirewallCard({ firewall }: { readonly firewall: Firewall }) {
  const { name, driver, alias, groups, state, sentence, enforces, ruleUse } = firewall;
  const [isPlanning, setPlanning] = useState(false);
  const change = useChangeFirewall(name);
  const about = (action: string) => t.actions.about(action, name);
  return (
    <article className="card stack" aria-label={name}>
      <div className="row">
        <h3>
          {name} <span className="soft">({driver})</span>
        </h3>
        <StateBadge tone={TONES[state]}>{t.firewallStates[state]}</StateBadge>
        {enforces ? null : <StateBadge tone="bad">{firewallTexts.notEnforces}</StateBadge>}
      </div>
      <p className="small">
        <code>{alias}</code> {firewallTexts.groupsOf(groups.join(', '))}
      </p>
      {ruleUse === 'unused' ? <p className="problem-text">{firewallTexts.ruleUnused(alias)}</p> : null}
      {state === 'down' ? (
        <Unreachable firewall={firewall} />
      ) : (
        <p className={state === 'up' ? '' : 'problem-text'}>{sentence}</p>
      )}
      {firewall.unexplained === 0 ? null : (
        <p className="hint">
          {firewallTexts.unexplained(firewall.unexplained)}{' '}
          <Link to="/firewall" search={{ view: 'difference' }}>
            {firewallTexts.seeDifference}
          </Link>
        </p>
      )}
      <HeldRemovals firewall={firewall} />
      <Facts firewall={firewall} />
      <Findings firewall={firewall} />
      {useMayAdminister() ? (
        <div className="row">
          <ActionButton
            loading={change.sync.isPending}
            label={about(firewallTexts.syncNow)}
            onClick={() => change.sync.mutate()}
          >
            {firewallTexts.syncNow}
          </ActionButton>
          <ActionButton
            variant="default"
            label={about(firewallTexts.dryRun)}
            onClick={() => setPlanning(true)}
          >
            {firewallTexts.dryRun}
          </ActionButton>
          <ActionButton
            variant="default"
            loading={change.examine.isPending}
            label={about(firewallTexts.examine)}
            onClick={() => change.examine.mutate()}
          >
            {firewallTexts.examine}
          </ActionButton>
        </div>
      ) : null}
      {isPlanning ? <DryRunDialog name={name} onClose={() => setPlanning(false)} /> : null}
    </article>
  );
}

/** What is wrong or not known stands open; what is fine is a click away. */
function Findings({ firewall: { findings, examinedAt } }: { readonly firewall: Firewall }) {
  const fine = findings.filter(({ result }) => result === 'ok');
  return (
    <>
      <CheckList checks={findings.filter(({ result }) => result !== 'ok')} />
      {fine.length === 0 ? null : (
        <details>
          <summary>✓ {firewallTexts.fineChecks(fine.length)}</summary>
          <CheckList checks={fine} />
        </details>
      )}
      {examinedAt === undefined || findings.length === 0 ? null : (
        <p className="small">
          {firewallTexts.lookedAt} <Time at={examinedAt} />
        </p>
      )}
    </>
  );
}

function Facts({ firewall }: { readonly firewall: Firewall }) {
  const { desired, entries, lastSuccessAt, writesToday, typicalLatencyMs, lastRun, retryAt, state } =
    firewall;
  return (
    <dl className="facts">
      <Fact term={firewallTexts.wanted}>{desired}</Fact>
      <Fact term={firewallTexts.holds}>{entries}</Fact>
      <Fact term={firewallTexts.lastRead}>
        {lastSuccessAt === undefined ? firewallTexts.never : <Time at={lastSuccessAt} />}
      </Fact>
      {lastRun === undefined ? null : (
        <Fact term={firewallTexts.lastRun}>
          {firewallTexts.outcomes[lastRun.outcome]}, {firewallTexts.triggers[lastRun.trigger]}
        </Fact>
      )}
      {state !== 'behind' || retryAt === undefined ? null : (
        <Fact term={firewallTexts.nextTry}>
          <Time at={retryAt} />
        </Fact>
      )}
      <Fact term={firewallTexts.latency}>{tookTime(typicalLatencyMs)}</Fact>
      <Fact term={firewallTexts.writes}>{writesToday}</Fact>
    </dl>
  );
}
