import { Link } from '@tanstack/react-router';
import { useTemporaryRules } from '../../api/reads.ts';
import { useMayAdminister } from '../../api/roles.ts';
import type { RuleView } from '../../api/types.ts';
import { t } from '../../texts/texts.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { Section } from '../../ui/section.tsx';
import { LoadingRows, ProblemCard } from '../../ui/states.tsx';
import { useCountdown, useNow } from '../../ui/time.tsx';
import { useRenewRule } from '../effects/change-rule.ts';

/** Temporary rules, the next to end first. */
export function ExpiringSoon() {
  const { data, error, refetch } = useTemporaryRules();
  const now = useNow();
  if (data === undefined) {
    return (
      <Section title={t.overview.expiring}>
        {error === null ? (
          <LoadingRows rows={1} height={48} />
        ) : (
          <ProblemCard error={error} onRetry={() => void refetch()} />
        )}
      </Section>
    );
  }
  const expiring = data.items
    .filter(({ expiresAt = '' }) => isSoon(Date.parse(expiresAt) - now))
    .toSorted((a, b) => (a.expiresAt ?? '').localeCompare(b.expiresAt ?? ''));
  return (
    <Section title={t.overview.expiring}>
      <div className="card">
        {expiring.length === 0 ? <p className="small">{t.overview.expiringNone}</p> : null}
        <ul className="plain">
          {expiring.slice(0, SHOWN).map((rule) => (
            <ExpiringRule key={rule.id} rule={rule} />
          ))}
        </ul>
        {expiring.length > SHOWN ? (
          <Link to="/domains" search={{ kind: 'temporary' }} className="small lone-link">
            {t.overview.expiringMore(expiring.length - SHOWN)}
          </Link>
        ) : null}
      </div>
    </Section>
  );
}

function ExpiringRule({ rule }: { readonly rule: RuleView }) {
  const left = useCountdown(rule.expiresAt);
  const renew = useRenewRule();
  const isManaged = rule.place !== undefined;
  return (
    <li className="row">
      <span className="name grow">{rule.pattern}</span>
      <span className="small">{t.effects.left(left)}</span>
      {useMayAdminister() && !isManaged ? (
        <ActionButton
          variant="subtle"
          label={t.actions.about(t.effects.longer, rule.pattern)}
          loading={renew.isPending}
          onClick={() => renew.mutate({ rule, to: 'longer' })}
        >
          {t.effects.longer}
        </ActionButton>
      ) : null}
    </li>
  );
}

function isSoon(leftMs: number): boolean {
  return leftMs > 0 && leftMs <= SOON_MS;
}

const SHOWN = 5;
const SOON_MS = 24 * 3_600_000;
