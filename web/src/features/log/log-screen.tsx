import { SegmentedControl, TextInput } from '@mantine/core';
import '@mantine/core/styles/FloatingIndicator.css';
import '@mantine/core/styles/SegmentedControl.css';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { t } from '../../texts/texts.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { StateBadge, type Tone } from '../../ui/badge.tsx';
import { useTitle } from '../../ui/page-title.ts';
import { Empty, LoadingRows, ProblemCard } from '../../ui/states.tsx';
import { Time } from '../../ui/time.tsx';
import { VirtualTable } from '../../ui/virtual-table.tsx';
import { WhyDialog } from '../why/why-dialog.tsx';
import { linesAsCsv } from './csv.ts';
import type { Line } from './lines.ts';
import { type LogSearch, VERDICTS } from './search.ts';
import { type Log, useLog } from './use-log.ts';

/** What was asked, live and as far back as the log goes, in one list. */
export function LogScreen() {
  useTitle(t.log.title);
  const search = useSearch({ from: '/log' });
  const isReading = useIsScrolled();
  const log = useLog(search, isReading);
  const { lines, isLoading, error, again } = log;
  return (
    <>
      <h1>{t.log.title}</h1>
      <Filters search={search} log={log} />
      <HeldBack log={log} />
      {error === null ? null : <ProblemCard error={error} onRetry={again} />}
      {isLoading && lines.shown.length === 0 ? <LoadingRows rows={10} height={34} /> : null}
      {lines.dropped === 0 ? null : <p className="small">{t.log.dropped(lines.dropped)}</p>}
      <LogTable log={log} search={search} />
    </>
  );
}

/** Whoever reads further down is not pushed about by what comes on top. */
function useIsScrolled(): boolean {
  const [is, set] = useState(false);
  useEffect(() => {
    const look = () => set(window.scrollY > SCROLLED_PX);
    window.addEventListener('scroll', look, { passive: true });
    return () => window.removeEventListener('scroll', look);
  }, []);
  return is;
}

function HeldBack({ log: { lines, release } }: { readonly log: Log }) {
  const held = lines.held.length;
  return (
    <div className="held-back" role="status">
      {held === 0 ? null : (
        <ActionButton
          label={t.log.paused(held)}
          onClick={() => {
            window.scrollTo({ top: 0 });
            release();
          }}
        >
          {t.log.paused(held)} ↑
        </ActionButton>
      )}
    </div>
  );
}

function Filters({ search, log }: { readonly search: LogSearch; readonly log: Log }) {
  const navigate = useNavigate({ from: '/log' });
  const set = (change: LogSearch) =>
    void navigate({ search: (before: LogSearch) => ({ ...before, ...change }), replace: true });
  const text = (value: string) => (value === '' ? undefined : value);
  return (
    <div className="filters">
      <TextInput
        aria-label={t.log.filter}
        placeholder={t.log.filter}
        value={search.part ?? ''}
        onChange={(event) => set({ part: text(event.currentTarget.value) })}
        className="filter-wide"
        data-filter
      />
      <TextInput
        aria-label={t.log.client}
        placeholder={t.log.client}
        defaultValue={search.client ?? ''}
        // An address half typed is none: it is taken when the field is left, or with Enter.
        onBlur={(event) => set({ client: text(event.currentTarget.value.trim()) })}
        onKeyDown={(event) =>
          event.key === 'Enter' && set({ client: text(event.currentTarget.value.trim()) })
        }
      />
      <SegmentedControl
        aria-label={t.log.verdict}
        value={search.verdict ?? 'all'}
        onChange={(value) =>
          set({ verdict: VERDICTS.find((one) => one === value && one !== 'all') as LogSearch['verdict'] })
        }
        data={VERDICTS.map((value) => ({ value, label: t.log.verdicts[value] }))}
      />
      <ActionButton
        variant="default"
        label={t.log.download}
        disabled={log.lines.shown.length === 0}
        onClick={() => download(linesAsCsv(log.lines.shown))}
      >
        {t.log.download}
      </ActionButton>
    </div>
  );
}

const TONES: Readonly<Record<Line['verdict'], Tone>> = { allowed: 'good', denied: 'bad', failed: 'warn' };

function LogTable({ log, search }: { readonly log: Log; readonly search: LogSearch }) {
  const { lines, isLoading, older } = log;
  const [asked, setAsked] = useState<string>();
  if (lines.shown.length === 0) {
    if (isLoading) return null;
    const isFiltered = Object.values(search).some((value) => value !== undefined);
    return isFiltered ? (
      <Empty title={t.log.noMatch} />
    ) : (
      <Empty title={t.log.empty}>{t.log.emptyText}</Empty>
    );
  }
  return (
    <>
      <VirtualTable
        label={t.log.title}
        rows={lines.shown}
        keyOf={({ key }) => key}
        overscan={3}
        columns={[
          { title: t.log.columns.time, width: '11ch', cell: ({ at }) => <Time at={at} /> },
          {
            title: t.log.columns.verdict,
            width: '12ch',
            cell: ({ verdict }) => <StateBadge tone={TONES[verdict]}>{t.log.verdicts[verdict]}</StateBadge>,
          },
          {
            title: t.log.columns.name,
            width: 'minmax(18ch, 1.4fr)',
            cell: ({ name, count }) => (count === 1 ? name : `${name} ${t.refused.count(count)}`),
          },
          { title: t.log.columns.type, width: '7ch', cell: ({ type }) => type },
          { title: t.log.columns.client, width: '16ch', cell: ({ client }) => client },
          {
            title: t.log.columns.answer,
            width: 'minmax(14ch, 1fr)',
            cell: ({ verdict, answers, rcode, reason, name }) =>
              verdict === 'denied' ? (
                <Link to="/refused" search={{ filter: name }}>
                  {t.log.allow}
                </Link>
              ) : (
                (answers[0] ?? `${rcode} ${reason}`) + (answers.length > 1 ? ` +${answers.length - 1}` : '')
              ),
          },
          {
            title: t.actions.why,
            width: '7ch',
            cell: ({ name }) => (
              <ActionButton
                variant="subtle"
                label={t.actions.about(t.actions.why, name)}
                onClick={() => setAsked(name)}
              >
                {t.actions.why}
              </ActionButton>
            ),
          },
        ]}
      />
      {lines.nextCursor === undefined ? null : (
        <div className="row more">
          <ActionButton variant="default" label={t.log.older} onClick={older}>
            {t.log.older}
          </ActionButton>
          {lines.searchedTo === undefined ? null : (
            <span className="small">
              {t.log.searchedTo} <Time at={lines.searchedTo} />
            </span>
          )}
        </div>
      )}
      {asked === undefined ? null : (
        <WhyDialog subject={{ name: asked }} onClose={() => setAsked(undefined)} />
      )}
    </>
  );
}

function download(csv: string): void {
  const url = URL.createObjectURL(new Blob([csv], { type: 'text/csv' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = 'sallyport-queries.csv';
  link.click();
  URL.revokeObjectURL(url);
}

const SCROLLED_PX = 80;
