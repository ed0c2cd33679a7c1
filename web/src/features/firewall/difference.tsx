import { useState } from 'react';
import { useMayAdminister } from '../../api/roles.ts';
import type { Firewall } from '../../api/types.ts';
import { firewallTexts } from '../../texts/en/firewall.ts';
import { t } from '../../texts/texts.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { LoadingRows, ProblemCard } from '../../ui/states.tsx';
import { Time } from '../../ui/time.tsx';
import { useChangeFirewall } from './change-firewall.ts';
import { OpenByHandDialog } from './open-by-hand-dialog.tsx';
import { useDrift } from './reads.ts';

/** What should be in the alias against what it was last read to hold, and whose word counts. */
export function Difference({ firewall }: { readonly firewall: Firewall }) {
  const { name, alias, groups, desired, entries, lastSuccessAt, state } = firewall;
  const { data, error, refetch } = useDrift(name);
  const { sync } = useChangeFirewall(name);
  const admin = useMayAdminister();
  const [taking, setTaking] = useState<readonly string[]>();
  const extra = data?.extra ?? [];
  const missing = data?.missing ?? [];
  return (
    <article className="card stack" aria-label={firewallTexts.differenceOf(name)}>
      <div className="row">
        <h3>
          {name} <code>{alias}</code>
        </h3>
        <span className="small">
          {firewallTexts.wantedAndHeld(desired, entries)}
          {lastSuccessAt === undefined ? null : (
            <>
              {' · '}
              {firewallTexts.readAt} <Time at={lastSuccessAt} />
            </>
          )}
        </span>
      </div>
      {state === 'down' ? <p className="hint">{firewallTexts.notCurrent}</p> : null}
      {data === undefined && error === null ? <LoadingRows rows={2} height={24} /> : null}
      {error === null ? null : <ProblemCard error={error} onRetry={() => void refetch()} />}
      {data !== undefined && extra.length + missing.length === 0 ? (
        <p>✓ {state === 'down' ? firewallTexts.noDifferenceThen : firewallTexts.noDifference}</p>
      ) : null}
      {missing.length === 0 ? null : (
        <section>
          <h4>{firewallTexts.missing(missing.length)}</h4>
          <ul className="plain difference">
            {missing.map(({ address, names }) => (
              <li key={address}>
                <code>− {address}</code> <span className="small">{names.join(', ')}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
      {extra.length === 0 ? null : (
        <section>
          <h4>{firewallTexts.extra(extra.length)}</h4>
          <ul className="plain difference">
            {extra.map(({ address, known, otherWriter }) => (
              <li key={address}>
                <code>+ {address}</code>{' '}
                <span className="small">{otherWriter ? firewallTexts.otherWriter : known}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
      {admin && extra.length + missing.length > 0 ? (
        <div className="row">
          <ActionButton
            loading={sync.isPending}
            label={t.actions.about(firewallTexts.restoreOurs, name)}
            onClick={() => sync.mutate()}
          >
            {firewallTexts.restoreOurs}
          </ActionButton>
          {extra.length === 0 || groups.length === 0 ? null : (
            <ActionButton
              variant="default"
              label={t.actions.about(firewallTexts.takeTheirs, name)}
              onClick={() => setTaking(extra.slice(0, MOST_TAKEN).map(({ address }) => address))}
            >
              {firewallTexts.takeTheirs}
            </ActionButton>
          )}
          <span className="small">{firewallTexts.restoreText}</span>
        </div>
      ) : null}
      {taking === undefined ? null : (
        <OpenByHandDialog groups={groups} theirs={taking} onClose={() => setTaking(undefined)} />
      )}
    </article>
  );
}

/** Addresses at a time: each is written down by itself, and more than a person can judge is a list for a feed. */
const MOST_TAKEN = 50;
