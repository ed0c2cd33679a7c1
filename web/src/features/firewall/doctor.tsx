import { useState } from 'react';
import { useDoctor } from '../../api/reads.ts';
import { useMayAdminister } from '../../api/roles.ts';
import { firewallTexts } from '../../texts/en/firewall.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { Section } from '../../ui/section.tsx';
import { LoadingRows, ProblemCard } from '../../ui/states.tsx';
import { CheckList } from './check-list.tsx';

/** The doctor's list: whether names and addresses are really filtered, from the DNS to the firewall's rule. */
export function Doctor() {
  const [isWanted, setWanted] = useState(false);
  const { data, error, isFetching, refetch } = useDoctor(isWanted);
  if (!useMayAdminister()) return null;
  const about = Map.groupBy(
    data?.items ?? [],
    ({ firewall, group }) => firewall ?? group ?? firewallTexts.doctorSelf,
  );
  return (
    <Section
      title={firewallTexts.doctor}
      aside={
        <ActionButton
          loading={isFetching}
          label={firewallTexts.doctorRun}
          variant="default"
          onClick={() => (isWanted ? void refetch() : setWanted(true))}
        >
          {firewallTexts.doctorRun}
        </ActionButton>
      }
    >
      <div className="card stack">
        <p className="small">{firewallTexts.doctorText}</p>
        {isFetching && data === undefined ? <LoadingRows /> : null}
        {error === null ? null : <ProblemCard error={error} onRetry={() => void refetch()} />}
        {[...about].map(([what, checks]) => (
          <section key={what}>
            <h3>{what}</h3>
            <CheckList checks={checks} />
          </section>
        ))}
      </div>
    </Section>
  );
}
