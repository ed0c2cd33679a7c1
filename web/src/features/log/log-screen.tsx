import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useMemo, useState } from 'react';
import { useStatus } from '../../api/reads.ts';
import { useSingleKeys } from '../../app/shortcuts.ts';
import { logTexts } from '../../texts/en/log.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { useTitle } from '../../ui/page-title.ts';
import { Empty, LoadingRows, ProblemCard } from '../../ui/states.tsx';
import { ExportDialog } from './export-dialog.tsx';
import { mistakeIn, readFilter, type Term, withTerm, writeFilter } from './filter.ts';
import { FilterBar, TimeChips, wordsOfMistake } from './filter-bar.tsx';
import { Histogram } from './histogram.tsx';
import { LinkDialog } from './link-dialog.tsx';
import './log.css';
import { LogTable } from './log-table.tsx';
import { NothingFound } from './nothing-found.tsx';
import { useCounts } from './reads.ts';
import { SavedViews } from './saved-views.tsx';
import { type Log, useLog } from './use-log.ts';

/** What was asked, live and as far back as the log goes, in one list. */
export function LogScreen() {
  useTitle(logTexts.title);
  // The last quarter of an hour is one by the server's clock, which comes with the status.
  const { data, error } = useStatus();
  return (
    <>
      <h1>{logTexts.title}</h1>
      {data === undefined && error === null ? <LoadingRows rows={10} height={34} /> : <LogList />}
    </>
  );
}

function LogList() {
  const { q = '' } = useSearch({ from: '/log' });
  const navigate = useNavigate({ from: '/log' });
  const terms = useMemo(() => readFilter(q), [q]);
  const mistake = useMemo(() => mistakeIn(q), [q]);
  const show = (text: string) =>
    void navigate({ search: { q: text === '' ? undefined : text }, replace: true });
  return (
    <>
      <FilterBar terms={terms} onChange={(changed) => show(writeFilter(changed))} />
      {mistake === undefined ? (
        <Found filter={q} onShow={show} />
      ) : (
        <div className="card problem" role="alert">
          <h2>{logTexts.notUnderstood}</h2>
          <p>{wordsOfMistake(mistake)}.</p>
        </div>
      )}
    </>
  );
}

function Found({ filter, onShow }: { readonly filter: string; readonly onShow: (filter: string) => void }) {
  const [isPaused, setPaused] = useState(false);
  const [isExporting, setExporting] = useState(false);
  const [isLinking, setLinking] = useState(false);
  const isReading = useIsScrolled();
  const log = useLog(filter, isReading || isPaused);
  const counts = useCounts(filter);
  const terms = useMemo(() => readFilter(filter), [filter]);
  const setTerms = (changed: readonly Term[]) => onShow(writeFilter(changed));
  const pause = () => {
    setPaused(!isPaused);
    if (isPaused) log.release();
  };
  // A button that has the focus is pressed by it.
  useSingleKeys({ ' ': () => (isOnControl() ? false : pause()) });
  const { lines, isLoading, error, again } = log;
  return (
    <>
      <div className="filters">
        <TimeChips terms={terms} onChange={setTerms} />
        <SavedViews filter={filter} onShow={onShow} />
        <ActionButton variant="default" aria-pressed={isPaused} label={logTexts.pauseLabel} onClick={pause}>
          {isPaused ? `▶ ${logTexts.resume}` : `❚❚ ${logTexts.pause}`}
        </ActionButton>
        <ActionButton variant="default" label={logTexts.link} onClick={() => setLinking(true)}>
          {logTexts.link}
        </ActionButton>
        <ActionButton variant="default" label={logTexts.export} onClick={() => setExporting(true)}>
          {logTexts.export}
        </ActionButton>
      </div>
      {counts.data === undefined ? null : (
        <Histogram
          counts={counts.data}
          onSpan={(since, until) =>
            setTerms(
              withTerm(withTerm(terms, { key: 'since', value: since }), { key: 'until', value: until }),
            )
          }
        />
      )}
      <HeldBack log={log} onRelease={() => setPaused(false)} />
      {error === null ? null : <ProblemCard error={error} onRetry={again} />}
      {isLoading && lines.shown.length === 0 ? <LoadingRows rows={10} height={34} /> : null}
      <Dropped shown={lines.dropped} />
      <LogTable log={log} onTerm={(term) => setTerms(withTerm(terms, term))} />
      {isLoading || error !== null || lines.shown.length > 0 ? null : terms.length === 0 ? (
        <Empty title={logTexts.empty}>{logTexts.emptyText}</Empty>
      ) : (
        <NothingFound terms={terms} counts={counts.data} onChange={setTerms} />
      )}
      {isExporting ? <ExportDialog filter={filter} onClose={() => setExporting(false)} /> : null}
      {isLinking ? <LinkDialog onClose={() => setLinking(false)} /> : null}
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

function HeldBack({
  log: { lines, release },
  onRelease,
}: {
  readonly log: Log;
  readonly onRelease: () => void;
}) {
  const held = lines.held.length;
  return (
    <div className="held-back" role="status">
      {held === 0 ? null : (
        <ActionButton
          label={logTexts.paused(held)}
          onClick={() => {
            window.scrollTo({ top: 0 });
            onRelease();
            release();
          }}
        >
          {logTexts.paused(held)} ↑
        </ActionButton>
      )}
    </div>
  );
}

/** Lines this page was too slow for, and lines the log was. */
function Dropped({ shown }: { readonly shown: number }) {
  const lost = useStatus().data?.counters.droppedLogLines ?? 0;
  return (
    <>
      {shown === 0 ? null : <p className="small">{logTexts.dropped(shown)}</p>}
      {lost === 0 ? null : <p className="hint">{logTexts.lost(lost)}</p>}
    </>
  );
}

function isOnControl(): boolean {
  return document.activeElement?.closest('button, a, summary') != null;
}

const SCROLLED_PX = 80;
