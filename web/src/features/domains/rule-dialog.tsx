import { useQuery } from '@tanstack/react-query';
import { KEYS } from '../../api/reads.ts';
import { request } from '../../api/request.ts';
import { useMayAdminister } from '../../api/roles.ts';
import type { Leases, RuleView } from '../../api/types.ts';
import { t } from '../../texts/texts.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { LoadingRows, ProblemCard } from '../../ui/states.tsx';
import { Time } from '../../ui/time.tsx';
import { useRenewRule } from '../effects/change-rule.ts';
import { useEndRules } from './change-rules.ts';
import { isLocked, riskOf } from './select-rules.ts';

/** One rule: where it is from, what it opens now, and what can be done about it. */
export function RuleDialog({ rule, onClose }: { readonly rule: RuleView; readonly onClose: () => void }) {
  const { pattern, group, note, types, createdBy, createdAt, expiresAt, place, preset } = rule;
  const renew = useRenewRule();
  const end = useEndRules();
  const admin = useMayAdminister();
  const risk = riskOf(pattern);
  return (
    <Dialog title={pattern} onClose={onClose}>
      <div className="stack">
        {note === '' ? null : <p>{note}</p>}
        {risk === undefined ? null : (
          <p className="hint">{risk === 'shared' ? t.domains.wide(pattern) : t.domains.tooWide(pattern)}</p>
        )}
        <dl className="facts">
          <div>
            <dt>{t.domains.columns.group}</dt>
            <dd>{group}</dd>
          </div>
          <div>
            <dt>{t.domains.types}</dt>
            <dd>{types.join(', ')}</dd>
          </div>
          <div>
            <dt>{t.domains.createdBy}</dt>
            <dd>{preset === undefined ? createdBy : t.domains.preset(preset)}</dd>
          </div>
          <div>
            <dt>{t.domains.createdAt}</dt>
            <dd>
              <Time at={createdAt} />
            </dd>
          </div>
        </dl>
        <OpenFor rule={rule} />
        {place === undefined ? null : <p className="hint">{t.domains.managed(place)}</p>}
        {admin && !isLocked(rule) ? (
          <div className="row">
            {expiresAt === undefined ? null : (
              <ActionButton
                label={t.actions.about(t.domains.promote, pattern)}
                onClick={() => {
                  renew.mutate({ rule, for: 'always' });
                  onClose();
                }}
              >
                {t.domains.promote}
              </ActionButton>
            )}
            <ActionButton
              color="red"
              label={t.actions.about(t.domains.end, pattern)}
              onClick={() => {
                end.mutate([rule]);
                onClose();
              }}
            >
              {t.domains.end}
            </ActionButton>
          </div>
        ) : null}
      </div>
    </Dialog>
  );
}

function OpenFor({ rule: { id, group } }: { readonly rule: RuleView }) {
  const { data, error, refetch } = useQuery({
    queryKey: [...KEYS.leases, { group }],
    queryFn: () => request<Leases>('GET', `/leases?group=${encodeURIComponent(group)}`),
  });
  const open = data?.items.filter(({ rule }) => rule?.id === id) ?? [];
  if (error !== null) return <ProblemCard error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <LoadingRows rows={1} height={24} />;
  return (
    <section>
      <h3>{t.domains.opens}</h3>
      {open.length === 0 ? <p className="small">{t.domains.opensNone}</p> : null}
      <ul className="plain">
        {open.slice(0, SHOWN).map(({ address, name }) => (
          <li key={`${address} ${name}`}>
            <code>{address}</code> <span className="small">{name}</span>
          </li>
        ))}
      </ul>
      {open.length > SHOWN ? <p className="small">+{open.length - SHOWN}</p> : null}
    </section>
  );
}

/** Addresses; the screen Firewall has all of them. */
const SHOWN = 12;
