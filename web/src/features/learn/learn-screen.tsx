import { NativeSelect } from '@mantine/core';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useStatus } from '../../api/reads.ts';
import type { Group, LearnReport } from '../../api/types.ts';
import { learnTexts } from '../../texts/en/learn.ts';
import { t } from '../../texts/texts.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { useTitle } from '../../ui/page-title.ts';
import { Section } from '../../ui/section.tsx';
import { Empty, LoadingRows, ProblemCard } from '../../ui/states.tsx';
import { Time } from '../../ui/time.tsx';
import { useLearnReport } from './enforce.ts';
import { EnforcePanel } from './enforce-panel.tsx';
import './learn.css';
import { Suggestions } from './suggestions.tsx';

/** From learning to enforcing: what was asked, what is suggested for it, and what would be refused then. */
export function LearnScreen() {
  useTitle(learnTexts.title);
  const { data: status } = useStatus();
  const { group = status?.groups[0]?.name } = useSearch({ from: '/learn' });
  const navigate = useNavigate({ from: '/learn' });
  const { data: report, error, refetch, isFetching } = useLearnReport(group);
  const groups = status?.groups ?? [];
  return (
    <>
      <h1>{group === undefined ? learnTexts.title : learnTexts.titleOf(group)}</h1>
      {groups.length < 2 ? null : (
        <NativeSelect
          aria-label={learnTexts.group}
          className="filter"
          value={group ?? ''}
          onChange={(event) => void navigate({ search: { group: event.currentTarget.value } })}
          data={groups.map(({ name }) => name)}
        />
      )}
      {status?.groups.length === 0 ? <Empty title={t.overview.noGroup}>{t.overview.noQueries}</Empty> : null}
      {group !== undefined && report === undefined && error === null ? <LoadingRows rows={6} /> : null}
      {error === null ? null : <ProblemCard error={error} onRetry={() => void refetch()} />}
      {report === undefined ? null : (
        <Review
          key={report.group + report.until}
          report={report}
          group={groups.find(({ name }) => name === report.group)}
          isReading={isFetching}
          onAgain={() => void refetch()}
        />
      )}
    </>
  );
}

function Review({
  report,
  group,
  isReading,
  onAgain,
}: {
  readonly report: LearnReport;
  readonly group: Group | undefined;
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
  const recognised = presets.filter(({ isRecognised }) => isRecognised).map(({ title }) => title);
  const known = suggestion.rules.filter(({ preset }) => preset !== undefined);
  const unknown = suggestion.rules.filter(({ preset }) => preset === undefined);
  const countTaken = (list: typeof known) => list.filter(({ pattern }) => taken.has(pattern)).length;
  return (
    <>
      <div className="row learn-head">
        <p className="grow">
          {learnTexts.heard(queries, names)} <Time at={since} />.{' '}
          {recognised.length === 0 ? null : learnTexts.recognised(recognised.join(', '))}
        </p>
        <ActionButton variant="default" loading={isReading} label={learnTexts.again} onClick={onAgain}>
          {learnTexts.again}
        </ActionButton>
      </div>
      {suggestion.rules.length === 0 ? (
        <div className="learn-nothing">
          <Empty title={learnTexts.nothing}>
            {names === 0 ? learnTexts.nothingText : learnTexts.nothingMore}
          </Empty>
        </div>
      ) : (
        <>
          <p className="small learn-steps">{learnTexts.steps}</p>
          <Section title={learnTexts.known(countTaken(known), known.length)}>
            <Suggestions rules={known} taken={taken} onTake={take} />
          </Section>
          <Section title={learnTexts.unknown(countTaken(unknown), unknown.length)}>
            {unknown.length === 0 ? <p className="small">{learnTexts.unknownNone}</p> : null}
            <Suggestions rules={unknown} taken={taken} onTake={take} />
          </Section>
        </>
      )}
      <LeftOut report={report} />
      <EnforcePanel report={report} place={group?.place} rules={rules} />
    </>
  );
}

function LeftOut({ report: { group, suggestion } }: { readonly report: LearnReport }) {
  const { leftOut, leftOutNames } = suggestion;
  return (
    <Section title={learnTexts.leftOut(leftOutNames)}>
      <p className="small">{leftOutNames === 0 ? learnTexts.leftOutNone : learnTexts.leftOutText}</p>
      <LeftOutNames names={leftOut.slice(0, FIRST)} />
      {leftOut.length <= FIRST ? null : (
        <details>
          <summary className="small">{learnTexts.more(leftOut.length - FIRST)}</summary>
          <LeftOutNames names={leftOut.slice(FIRST)} />
        </details>
      )}
      {leftOutNames === 0 ? null : (
        <Link to="/refused" search={{ group }} className="lone-link">
          {learnTexts.decideOne}
        </Link>
      )}
    </Section>
  );
}

function LeftOutNames({ names }: { readonly names: LearnReport['suggestion']['leftOut'] }) {
  if (names.length === 0) return null;
  return (
    <ul className="plain card learn-left">
      {names.map(({ name, why, count, lastAt }) => (
        <li key={name}>
          <span className="name">{name}</span>{' '}
          <span className="small">
            {t.refused.count(count)}
            {lastAt === undefined ? null : (
              <>
                , {learnTexts.lastAsked} <Time at={lastAt} />
              </>
            )}{' '}
            · {why}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** Names left out that are shown at once. */
const FIRST = 20;
