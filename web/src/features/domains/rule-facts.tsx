import { useQuery } from '@tanstack/react-query';
import { KEYS } from '../../api/reads.ts';
import { queryText, request } from '../../api/request.ts';
import type { Audits, Leases, Queries, RuleView } from '../../api/types.ts';
import { rulesYaml } from '../../lib/rule-yaml.ts';
import { actionText } from '../../texts/en/audit-actions.ts';
import { domainsTexts } from '../../texts/en/domains.ts';
import { t } from '../../texts/texts.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { Echoed } from '../../ui/echoed.tsx';
import { useNotice } from '../../ui/notices.tsx';
import { LoadingRows, ProblemCard } from '../../ui/states.tsx';
import { Time } from '../../ui/time.tsx';
import { useRuleRisks } from './rule-uses.ts';

interface Of {
  readonly rule: RuleView;
}

/** The addresses that are open by it now. */
export function OpenFor({ rule: { id, group } }: Of) {
  const { data, error, refetch } = useQuery({
    queryKey: [...KEYS.leases, { group }],
    queryFn: () => request<Leases>('GET', `/leases${queryText({ group })}`),
  });
  const open = data?.items.filter(({ rule }) => rule?.id === id) ?? [];
  if (error !== null) return <ProblemCard error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <LoadingRows rows={1} height={24} />;
  return (
    <section>
      <h3>{domainsTexts.opens}</h3>
      {open.length === 0 ? <p className="small">{domainsTexts.opensNone}</p> : null}
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

/** Whom its addresses serve besides; nothing where nobody else is known. */
export function SharedWith({ rule: { id } }: Of) {
  const risk = useRuleRisks(id).get(id);
  if (risk === undefined) return null;
  const names = [...new Set(risk.worst.flatMap((one) => one.names))];
  const others = Math.max(names.length, ...risk.worst.map((one) => one.others));
  return (
    <section>
      <h3>{domainsTexts.shared}</h3>
      <p>{risk.sentence}</p>
      {names.length === 0 ? null : (
        <p className="hint">{domainsTexts.sharedWith(names.slice(0, SHOWN), others)}</p>
      )}
    </section>
  );
}

/** What it decided last, as far as the query log goes back. */
export function Matches({ rule: { id, group, pattern, action } }: Of) {
  const name = pattern.replace(/^\*\./, '.');
  const { data } = useQuery({
    queryKey: [...KEYS.queries, 'of-rule', group, name],
    queryFn: () => request<Queries>('GET', `/queries${queryText({ group, name, limit: LOOKED_THROUGH })}`),
    staleTime: 10_000,
  });
  const counts = new Map<string, { readonly at: string; readonly count: number }>();
  for (const { name: asked, rule, at, count } of data?.items ?? []) {
    if (rule?.id !== id) continue;
    const before = counts.get(asked);
    counts.set(asked, { at: before?.at ?? at, count: count + (before?.count ?? 0) });
  }
  return (
    <section>
      <h3>{action === 'deny' ? domainsTexts.matchesDenied : domainsTexts.matches}</h3>
      {data !== undefined && counts.size === 0 ? <p className="small">{domainsTexts.matchesNone}</p> : null}
      <ul className="plain">
        {[...counts].slice(0, SHOWN).map(([asked, { at, count }]) => (
          <li key={asked}>
            <span className="name">{asked}</span>{' '}
            <span className="small">
              {t.refused.count(count)} · <Time at={at} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Who did what to it, by its name in the audit. */
export function History({ rule: { group, pattern } }: Of) {
  const { data } = useQuery({
    queryKey: [...KEYS.audit, 'of-rule', group, pattern],
    queryFn: () =>
      request<Audits>('GET', `/audit${queryText({ subject: `${group} ${pattern}`, limit: SHOWN })}`),
  });
  return (
    <section>
      <h3>{domainsTexts.history}</h3>
      {data?.items.length === 0 ? <p className="small">{domainsTexts.historyNone}</p> : null}
      <ul className="plain small">
        {data?.items.map(({ id, at, actor, action, note }) => (
          <li key={id}>
            #{id} {actionText(action)} · {actor} · <Time at={at} />
            {note === '' ? null : (
              <>
                {' '}
                · <Echoed text={note} />
              </>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

export function AsYaml({ rule }: Of) {
  const tell = useNotice();
  const yaml = rulesYaml([rule]);
  return (
    <section>
      <div className="row">
        <h3>{domainsTexts.yaml}</h3>
        {navigator.clipboard === undefined ? null : (
          <ActionButton
            variant="default"
            label={t.actions.about(domainsTexts.copy, domainsTexts.yaml)}
            onClick={() =>
              void navigator.clipboard.writeText(yaml).then(() => tell({ text: domainsTexts.copied }))
            }
          >
            {domainsTexts.copy}
          </ActionButton>
        )}
      </div>
      <pre>{yaml}</pre>
    </section>
  );
}

/** Lines of each list; the screens they come from have all of them. */
const SHOWN = 12;
/** Lines of the log: a rule's last names are among them, or it is hardly used. */
const LOOKED_THROUGH = 200;
