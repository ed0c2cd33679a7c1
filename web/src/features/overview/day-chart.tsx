import { NativeSelect } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { KEYS, useStatus } from '../../api/reads.ts';
import { queryText, request } from '../../api/request.ts';
import type { Series } from '../../api/types.ts';
import { dayTexts } from '../../texts/en/day.ts';
import { Section } from '../../ui/section.tsx';
import { Empty, LoadingRows, ProblemCard } from '../../ui/states.tsx';
import { type Bar, barsOf, type Counts, hoursOf, KINDS, totalOf } from './day.ts';
import './day-chart.css';

/** The last day by the quarter of an hour: a picture, a sentence, and a table for who would rather read. */
export function DayChart() {
  const { data: status } = useStatus();
  const groups = (status?.groups ?? []).map(({ name }) => name);
  const [group, setGroup] = useState<string>();
  const { data, error, refetch } = useSeries(group);
  return (
    <Section
      title={dayTexts.title}
      aside={
        groups.length < 2 ? undefined : (
          <NativeSelect
            size="xs"
            aria-label={dayTexts.group}
            value={group ?? ''}
            onChange={({ currentTarget: { value } }) => setGroup(value === '' ? undefined : value)}
            data={[{ value: '', label: dayTexts.all }, ...groups]}
          />
        )
      }
    >
      {data === undefined && error === null ? <LoadingRows rows={1} height={HEIGHT} /> : null}
      {data === undefined && error !== null ? (
        <ProblemCard error={error} onRetry={() => void refetch()} />
      ) : null}
      {data === undefined ? null : <Day series={data} hasFirewall={(status?.firewalls ?? []).length > 0} />}
    </Section>
  );
}

function useSeries(group: string | undefined) {
  return useQuery({
    queryKey: [...KEYS.series, group],
    queryFn: () => request<Series>('GET', `/series${queryText({ group })}`),
    // Of a log with millions of lines a day one look counts a part, and the next ones the rest.
    refetchInterval: ({ state: { data } }) =>
      data !== undefined && data.countedSince > data.since ? UNFINISHED_MS : POLL_MS,
    placeholderData: keepPreviousData,
  });
}

function Day({ series, hasFirewall }: { readonly series: Series; readonly hasFirewall: boolean }) {
  const total = totalOf(series.steps);
  const isCounting = series.countedSince > series.since;
  const bars = barsOf(series);
  if (bars.length === 0 && !isCounting) return <Empty title={dayTexts.nothing} />;
  return (
    <div className="card stack">
      <Chart bars={bars} series={series} />
      <ul className="legend">
        {KINDS.map((kind) => (
          <li key={kind}>
            <svg className="legend-mark" viewBox="0 0 12 12" aria-hidden="true">
              <Patterns id="legend" />
              <rect width="12" height="12" className={`bar-${kind}`} fill={fillOf(kind, 'legend')} />
            </svg>{' '}
            {dayTexts.kinds[kind]}
          </li>
        ))}
      </ul>
      <p>
        {dayTexts.sentence(written(total))}{' '}
        {total.beforeReady === 0 ? (
          hasFirewall && dayTexts.beforeReadyNone
        ) : (
          <>
            <strong>{dayTexts.beforeReady(total.beforeReady)}</strong>{' '}
            <Link to="/log" search={{ q: 'reason:not-confirmed since:24h' }}>
              {dayTexts.beforeReadyLink}
            </Link>
          </>
        )}
      </p>
      {isCounting ? <p className="small">{dayTexts.counting(clockTime(series.countedSince))}</p> : null}
      <HourTable series={series} />
    </div>
  );
}

/** A picture only: what it says is in the sentence and the table, where the keyboard finds it too. */
function Chart({
  bars,
  series: { steps, stepMs },
}: {
  readonly bars: readonly Bar[];
  readonly series: Series;
}) {
  const countsAt = new Map(steps.map((step) => [step.at, step]));
  return (
    <svg
      className="day-chart"
      viewBox={`0 0 ${STEPS * STEP_WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <Patterns id="chart" />
      {bars.map(({ at, place, parts }) => (
        <Link key={at} to="/log" search={logFrom(Date.parse(at), stepMs)} tabIndex={-1}>
          <title>{barTitle(at, stepMs, countsAt.get(at))}</title>
          <rect className="bar-reach" x={place * STEP_WIDTH} y={0} width={STEP_WIDTH} height={HEIGHT} />
          {parts.map(({ kind, from, height }) => (
            <rect
              key={kind}
              className={`bar-${kind}`}
              fill={fillOf(kind, 'chart')}
              x={place * STEP_WIDTH + 1}
              y={(1 - from - height) * HEIGHT}
              width={STEP_WIDTH - 2}
              height={height * HEIGHT}
            />
          ))}
        </Link>
      ))}
    </svg>
  );
}

/** Never by colour alone: what was refused is hatched, and what failed is dotted. */
function Patterns({ id }: { readonly id: string }) {
  return (
    <defs>
      <pattern id={`${id}-refused`} width="4" height="4" patternUnits="userSpaceOnUse">
        <rect width="4" height="4" className="bar-refused-ground" />
        <path d="M0 4 L4 0" className="bar-refused-line" />
      </pattern>
      <pattern id={`${id}-failed`} width="4" height="4" patternUnits="userSpaceOnUse">
        <rect width="4" height="4" className="bar-failed-ground" />
        <circle cx="2" cy="2" r="1" className="bar-failed-dot" />
      </pattern>
    </defs>
  );
}

function fillOf(kind: (typeof KINDS)[number], id: string): string | undefined {
  return kind === 'refused' || kind === 'failed' ? `url(#${id}-${kind})` : undefined;
}

function HourTable({ series }: { readonly series: Series }) {
  return (
    <details>
      <summary className="small">{dayTexts.table}</summary>
      <table className="hours">
        <thead>
          <tr>
            <th scope="col">{dayTexts.hour}</th>
            {KINDS.map((kind) => (
              <th key={kind} scope="col">
                {dayTexts.kinds[kind]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {hoursOf(series.steps).map((hour) => (
            <tr key={hour.at}>
              <th scope="row">
                <Link
                  to="/log"
                  search={logFrom(hour.at, HOUR_MS)}
                  aria-label={dayTexts.inLog(clockTime(hour.at))}
                >
                  {clockTime(hour.at)}
                </Link>
              </th>
              {KINDS.map((kind) => (
                <td key={kind} className="numbers">
                  {hour[kind].toLocaleString()}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

function barTitle(at: string, stepMs: number, counts: Counts | undefined): string {
  const parts = KINDS.filter((kind) => (counts?.[kind] ?? 0) > 0)
    .map((kind) => `${dayTexts.kinds[kind]} ${counts?.[kind].toLocaleString()}`)
    .join(', ');
  return dayTexts.bar(clockTime(at), clockTime(Date.parse(at) + stepMs), parts);
}

function written(counts: Counts) {
  const text = (kind: (typeof KINDS)[number]) => counts[kind].toLocaleString();
  return {
    allowed: text('allowed'),
    temporary: text('temporary'),
    refused: text('refused'),
    failed: text('failed'),
  };
}

function clockTime(at: string | number): string {
  return new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
}

/** The query log at that time. */
function logFrom(at: number, lastsMs: number): { readonly q: string } {
  return { q: `since:${new Date(at).toISOString()} until:${new Date(at + lastsMs).toISOString()}` };
}

const STEPS = 96;
/** Units of the drawing, which is as wide as there is room. */
const STEP_WIDTH = 10;
const HEIGHT = 120;
const HOUR_MS = 3_600_000;
/** Milliseconds. */
const POLL_MS = 60_000;
const UNFINISHED_MS = 1_000;
