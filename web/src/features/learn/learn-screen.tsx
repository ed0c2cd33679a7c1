import { Checkbox } from '@mantine/core';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useStatus } from '../../api/reads.ts';
import { useMayAdminister } from '../../api/roles.ts';
import type { LearnReport } from '../../api/types.ts';
import { t } from '../../texts/texts.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { useTitle } from '../../ui/page-title.ts';
import { Section } from '../../ui/section.tsx';
import { Empty, LoadingRows, ProblemCard } from '../../ui/states.tsx';
import { Time } from '../../ui/time.tsx';
import { type Suggestion, useEnforce, useEnforcePreview, useLearnReport } from './enforce.ts';

/** From learning to enforcing: what was asked, what is suggested for it, and what would be refused then. */
export function LearnScreen() {
  useTitle(t.learn.title);
  const { data: status } = useStatus();
  const { group = status?.groups[0]?.name } = useSearch({ from: '/learn' });
  const { data: report, error, refetch, isFetching } = useLearnReport(group);
  return (
    <>
      <h1>{group === undefined ? t.learn.title : t.learn.titleOf(group)}</h1>
      {status?.groups.length === 0 ? <Empty title={t.overview.noGroup}>{t.overview.noQueries}</Empty> : null}
      {group !== undefined && report === undefined && error === null ? <LoadingRows rows={6} /> : null}
      {error === null ? null : <ProblemCard error={error} onRetry={() => void refetch()} />}
      {report === undefined ? null : (
        <Review
          key={report.group + report.until}
          report={report}
          isReading={isFetching}
          onAgain={() => void refetch()}
        />
      )}
    </>
  );
}

function Review({
  report,
  isReading,
  onAgain,
}: {
  readonly report: LearnReport;
  readonly isReading: boolean;
  readonly onAgain: () => void;
}) {
  const { since, queries, names, suggestion, presets } = report;
  const [taken, setTaken] = useState<ReadonlySet<string>>(
    () => new Set(suggestion.rules.filter(({ selected }) => selected).map(({ pattern }) => pattern)),
  );
  const rules = suggestion.rules.filter(({ pattern }) => taken.has(pattern));
  const take = (patterns: readonly string[], on: boolean) =>
    setTaken(
      (before) => new Set([...before].filter((one) => !patterns.includes(one)).concat(on ? patterns : [])),
    );
  return (
    <>
      <p className="lead">
        {t.learn.heard(queries, names)} <Time at={since} />.{' '}
        {presets
          .filter(({ isRecognised }) => isRecognised)
          .map(({ title }) => title)
          .join(', ')}
      </p>
      <div className="row">
        <ActionButton variant="default" loading={isReading} label={t.learn.again} onClick={onAgain}>
          {t.learn.again}
        </ActionButton>
      </div>
      <Section title={t.learn.suggested(rules.length, suggestion.rules.length)}>
        {suggestion.rules.length === 0 ? <Empty title={t.learn.nothing}>{t.learn.nothingText}</Empty> : null}
        <ul className="plain card rules">
          {suggestion.rules.map((rule) => (
            <li key={rule.pattern}>
              <Checkbox
                checked={taken.has(rule.pattern)}
                onChange={(event) => take([rule.pattern], event.currentTarget.checked)}
                label={<SuggestedRule rule={rule} />}
              />
            </li>
          ))}
        </ul>
      </Section>
      <Section title={t.learn.leftOut(suggestion.leftOutNames)}>
        {suggestion.leftOut.length === 0 ? <p className="small">{t.learn.leftOutNone}</p> : null}
        {suggestion.leftOut.length === 0 ? null : (
          <ul className="plain card rules">
            {suggestion.leftOut.slice(0, SHOWN).map(({ name, why, count }) => (
              <li key={name}>
                <span className="name">{name}</span>{' '}
                <span className="small">
                  {t.refused.count(count)} · {why}
                </span>
              </li>
            ))}
          </ul>
        )}
        {suggestion.leftOutNames === 0 ? null : (
          <Link to="/refused" search={{ group: report.group }}>
            {t.learn.decideOne}
          </Link>
        )}
      </Section>
      <Enforce report={report} rules={rules} />
    </>
  );
}

function SuggestedRule({ rule: { pattern, why, count, need } }: { readonly rule: Suggestion }) {
  return (
    <>
      <span className="name">{pattern}</span>{' '}
      <span className="small">
        {count === 0 ? t.learn.notAsked : t.refused.count(count)} ·{' '}
        {need === undefined ? '' : `${t.learn.needs[need]}: `}
        {why}
      </span>
    </>
  );
}

function Enforce({
  report: { group, mode },
  rules,
}: {
  readonly report: LearnReport;
  readonly rules: readonly Suggestion[];
}) {
  const preview = useEnforcePreview(group, rules);
  const enforce = useEnforce(group);
  const navigate = useNavigate();
  const admin = useMayAdminister();
  const words = mode === 'enforce' ? t.learn.add(rules.length) : t.learn.enforce(rules.length);
  const refused = preview.data?.newlyRefused ?? [];
  return (
    <Section title={t.learn.preview}>
      <div className="card stack" aria-live="polite">
        {preview.data === undefined && preview.error === null ? <LoadingRows rows={1} height={24} /> : null}
        {preview.error === null ? null : <ProblemCard error={preview.error} />}
        {preview.data === undefined ? null : (
          <p>{t.learn.wouldRefuse(preview.data.newlyRefusedNames, preview.data.queries)}</p>
        )}
        {refused.length === 0 ? null : (
          <ul className="plain small">
            {refused.slice(0, FIRST).map(({ name, count }) => (
              <li key={name}>
                <span className="name">{name}</span> {t.refused.count(count)}
              </li>
            ))}
          </ul>
        )}
        {admin ? (
          <div className="row">
            <ActionButton
              size="sm"
              loading={enforce.isPending}
              label={words}
              onClick={() => enforce.mutate(rules, { onSuccess: () => void navigate({ to: '/' }) })}
            >
              {words}
            </ActionButton>
          </div>
        ) : null}
      </div>
    </Section>
  );
}

/** Names left out, and names that would be refused; the command line has all of them. */
const SHOWN = 100;
const FIRST = 20;
