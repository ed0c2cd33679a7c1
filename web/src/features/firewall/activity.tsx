import { useState } from 'react';
import { useMayAdminister } from '../../api/roles.ts';
import type { Firewall, PastRun } from '../../api/types.ts';
import { tookTime } from '../../lib/format-time.ts';
import { firewallTexts } from '../../texts/en/firewall.ts';
import { t } from '../../texts/texts.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { StateBadge, type Tone } from '../../ui/badge.tsx';
import { Section } from '../../ui/section.tsx';
import { Empty, LoadingRows, ProblemCard } from '../../ui/states.tsx';
import { Time } from '../../ui/time.tsx';
import { MoreRow } from './more-row.tsx';
import { OpenByHandDialog } from './open-by-hand-dialog.tsx';
import { useRuns } from './reads.ts';

const TONES: Readonly<Record<PastRun['outcome'], Tone>> = {
  unchanged: 'soft',
  applied: 'good',
  held: 'warn',
  drift: 'warn',
  failed: 'bad',
};

/** What the sync did on the firewalls, newest first. */
export function Activity({ firewalls }: { readonly firewalls: readonly Firewall[] }) {
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useRuns();
  const [kept, setKept] = useState<{ readonly address: string; readonly groups: readonly string[] }>();
  const runs = data?.pages.flatMap(({ items }) => items) ?? [];
  const groupsOf = (name: string) => firewalls.find((one) => one.name === name)?.groups ?? [];
  return (
    <Section title={firewallTexts.activity} aside={firewallTexts.activityText}>
      {data === undefined && error === null ? <LoadingRows rows={3} height={28} /> : null}
      {error === null ? null : <ProblemCard error={error} onRetry={() => void refetch()} />}
      {data !== undefined && runs.length === 0 ? <Empty title={firewallTexts.activityNone} /> : null}
      {runs.length === 0 ? null : (
        <ul className="plain card activity">
          {runs.map((run) => (
            <Run
              key={run.id}
              run={run}
              onKeep={(address) => setKept({ address, groups: groupsOf(run.firewall) })}
            />
          ))}
        </ul>
      )}
      {hasNextPage ? <MoreRow loading={isFetchingNextPage} onMore={() => void fetchNextPage()} /> : null}
      {kept === undefined ? null : (
        <OpenByHandDialog groups={kept.groups} theirs={[kept.address]} onClose={() => setKept(undefined)} />
      )}
    </Section>
  );
}

function Run({ run, onKeep }: { readonly run: PastRun; readonly onKeep: (address: string) => void }) {
  const { firewall, outcome, trigger, detail, startedAt, finishedAt, added, renewed, removed, changes } = run;
  const total = added + renewed + removed;
  const head = (
    <span className="run-head">
      <Time at={finishedAt} />
      <strong>{firewall}</strong>
      <StateBadge tone={TONES[outcome]}>{firewallTexts.outcomes[outcome]}</StateBadge>
      <span className="small">
        {firewallTexts.triggers[trigger]} · {tookTime(Date.parse(finishedAt) - Date.parse(startedAt))}
      </span>
      <span className="numbers">{firewallTexts.changed(added, renewed, removed)}</span>
    </span>
  );
  return (
    <li>
      {total === 0 ? (
        head
      ) : (
        <details>
          <summary>{head}</summary>
          <ul className="plain small run-changes">
            {changes.map(({ address, change, cause, confirmed }) => (
              <li key={`${address} ${change}`}>
                <code>
                  {SIGNS[change]} {address}
                </code>{' '}
                {firewallTexts.changeCauses[cause as keyof typeof firewallTexts.changeCauses] ?? cause}
                {confirmed ? null : ` · ${firewallTexts.unconfirmed}`}
                {cause === NOT_OURS ? <Keep address={address} onKeep={onKeep} /> : null}
              </li>
            ))}
            {total > changes.length ? <li>{firewallTexts.andMore(total - changes.length)}</li> : null}
          </ul>
        </details>
      )}
      {detail === '' ? null : <div className="small">{detail}</div>}
    </li>
  );
}

/** What somebody else had put into the alias and we have taken out can be had back. */
function Keep({ address, onKeep }: { readonly address: string; readonly onKeep: (address: string) => void }) {
  if (!useMayAdminister()) return null;
  return (
    <ActionButton
      variant="subtle"
      label={t.actions.about(firewallTexts.takeTheirs, address)}
      onClick={() => onKeep(address)}
    >
      {firewallTexts.takeTheirs}
    </ActionButton>
  );
}

const SIGNS = { add: '+', renew: '~', remove: '−' } as const;
/** The cause of a removal that nothing in the ledger explains. */
const NOT_OURS = 'not in the ledger';
