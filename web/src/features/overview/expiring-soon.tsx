import { useTemporaryRules } from '../../api/reads.ts';
import { useMayAdminister } from '../../api/roles.ts';
import type { RuleView } from '../../api/types.ts';
import { t } from '../../texts/texts.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { Section } from '../../ui/section.tsx';
import { useCountdown, useNow } from '../../ui/time.tsx';
import { useRenewRule } from '../effects/change-rule.ts';

/** Temporary rules, the next to end first. */
export function ExpiringSoon() {
  const { data } = useTemporaryRules();
  const now = useNow();
  const expiring = (data?.items ?? [])
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
