import { Button, NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useServices } from '../../api/context.ts';
import { Refused, Unreachable } from '../../api/request.ts';
import { logTexts } from '../../texts/en/log.ts';
import { t } from '../../texts/texts.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { saveFile } from '../../ui/save-file.ts';
import { problemText } from '../../ui/states.tsx';
import { type Format, readExport } from './export-file.ts';
import { beginOf, readFilter, textOf } from './filter.ts';
import { readCounts } from './reads.ts';

type State =
  | { readonly kind: 'asked' }
  | { readonly kind: 'running'; readonly lines: number }
  | { readonly kind: 'done'; readonly lines: number }
  | { readonly kind: 'failed'; readonly error: unknown };

/** Everything the filter finds, as a file, with how far it is; it can be called off at any time. */
export function ExportDialog({ filter, onClose }: { readonly filter: string; readonly onClose: () => void }) {
  const { clock } = useServices();
  const [format, setFormat] = useState<Format>('csv');
  const [state, setState] = useState<State>({ kind: 'asked' });
  const running = useRef<AbortController>(undefined);
  const { data: counts } = useQuery({
    queryKey: ['query-counts', 'export', filter],
    queryFn: () => readCounts(filter, clock.now(), beginOfAll(filter, clock.now())),
    gcTime: 0,
    retry: false,
  });
  useEffect(() => () => running.current?.abort(), []);
  const start = async () => {
    const stop = new AbortController();
    running.current = stop;
    setState({ kind: 'running', lines: 0 });
    let seen = 0;
    try {
      const parts = await readExport({ filter, format, now: clock.now() }, stop.signal, (lines) => {
        seen = lines;
        setState({ kind: 'running', lines });
      });
      saveFile(`sallyport-queries.${format}`, parts, TYPES[format]);
      setState({ kind: 'done', lines: seen });
    } catch (error) {
      setState(stop.signal.aborted ? { kind: 'asked' } : { kind: 'failed', error: asUnreachable(error) });
    }
  };
  const all = counts?.countedTo === undefined ? counts?.lines : undefined;
  return (
    <Dialog title={logTexts.exportTitle} onClose={onClose}>
      <div className="stack">
        <p className="small">{filter === '' ? logTexts.exportAll : logTexts.exportOf(filter)}</p>
        {all === undefined ? null : <p>{logTexts.exportLines(all)}</p>}
        <NativeSelect
          label={logTexts.format}
          value={format}
          disabled={state.kind === 'running'}
          onChange={(event) => setFormat(event.currentTarget.value === 'ndjson' ? 'ndjson' : 'csv')}
          data={[
            { value: 'csv', label: logTexts.formats.csv },
            { value: 'ndjson', label: logTexts.formats.ndjson },
          ]}
        />
        {state.kind === 'running' ? (
          <>
            <progress
              aria-label={logTexts.exportTitle}
              {...(all === undefined ? {} : { max: Math.max(all, 1), value: state.lines })}
            />
            <p className="numbers">{logTexts.exported(state.lines, all)}</p>
          </>
        ) : null}
        <p role="status">{state.kind === 'done' ? `✓ ${logTexts.exportDone(state.lines)}` : ''}</p>
        {state.kind === 'failed' ? (
          <p className="problem-text" role="alert">
            {logTexts.exportFailed} {problemText(state.error)}
          </p>
        ) : null}
        <div className="row row-end">
          {state.kind === 'running' ? (
            <Button variant="default" onClick={() => running.current?.abort()}>
              {t.actions.cancel}
            </Button>
          ) : (
            <Button onClick={() => void start()} data-autofocus>
              {logTexts.exportStart}
            </Button>
          )}
        </div>
      </div>
    </Dialog>
  );
}

/** Whatever is no answer of the API is a connection that ended. */
function asUnreachable(error: unknown): Error {
  return error instanceof Refused ? error : new Unreachable(logTexts.cutOff, { cause: error });
}

/** Without a time it is all there is, and not the day that is in view. */
function beginOfAll(filter: string, now: number): number {
  const terms = readFilter(filter);
  return textOf(terms, 'since') === undefined ? now - KEPT_MS : beginOf(terms, now);
}

const TYPES = { csv: 'text/csv', ndjson: 'application/x-ndjson' } as const;
/** Milliseconds: lines of the log are kept for 35 days, pruned by the day. */
const KEPT_MS = 36 * 86_400_000;
