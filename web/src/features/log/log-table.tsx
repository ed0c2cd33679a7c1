import { Link } from '@tanstack/react-router';
import { useCallback, useState } from 'react';
import { logTexts } from '../../texts/en/log.ts';
import { t } from '../../texts/texts.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { Time } from '../../ui/time.tsx';
import { type Column, VirtualTable } from '../../ui/virtual-table.tsx';
import type { Term } from './filter.ts';
import { LineDialog } from './line-dialog.tsx';
import type { Line } from './lines.ts';
import { useWaiting } from './reads.ts';
import type { Log } from './use-log.ts';

/** As few elements a row as do: a thousand lines a second go by. A click on a cell filters by it. */
export function LogTable({ log, onTerm }: { readonly log: Log; readonly onTerm: (term: Term) => void }) {
  const { lines, older } = log;
  const [opened, setOpened] = useState<Line>();
  const [sight, setSight] = useState<readonly [first: number, last: number]>([0, 0]);
  const inSight = lines.shown.slice(sight[0], sight[1] + 1);
  const isWaiting = useWaiting(opened === undefined ? inSight : [...inSight, opened]);
  const look = useCallback((first: number, last: number) => setSight([first, last]), []);
  if (lines.shown.length === 0) return null;
  const by = (key: Term['key'], value: string, className = 'cell-button', text = value) => (
    <button
      type="button"
      className={className}
      title={logTexts.filterBy(value)}
      onClick={() => onTerm({ key, value })}
    >
      {text}
    </button>
  );
  const columns: readonly Column<Line>[] = [
    { title: logTexts.columns.time, width: '10ch', cell: ({ at }) => <Time at={at} /> },
    {
      title: logTexts.columns.verdict,
      width: '11ch',
      cell: ({ verdict }) =>
        by('verdict', verdict, `cell-button verdict verdict-${verdict}`, t.verdicts[verdict]),
    },
    {
      title: logTexts.columns.name,
      width: 'minmax(18ch, 1.4fr)',
      cell: ({ name, count }) => (
        <>
          {by('name', name)}
          {count === 1 ? null : ` ${t.refused.count(count)}`}
        </>
      ),
    },
    { title: logTexts.columns.type, width: '8ch', cell: ({ type }) => by('type', type) },
    { title: logTexts.columns.client, width: '16ch', cell: ({ client }) => by('client', client) },
    {
      title: logTexts.columns.answer,
      width: 'minmax(14ch, 1fr)',
      cell: (line) =>
        isWaiting(line) ? (
          <Link to="/refused" search={{ filter: line.name }} className="cell-link">
            {logTexts.allowIt}
          </Link>
        ) : (
          (line.answers[0] ?? line.rcode) + (line.answers.length > 1 ? ` +${line.answers.length - 1}` : '')
        ),
    },
    {
      title: logTexts.columns.details,
      width: '8ch',
      cell: (line) => (
        <button
          type="button"
          className="cell-button cell-link"
          aria-label={t.actions.about(logTexts.columns.details, line.name)}
          onClick={() => setOpened(line)}
        >
          {logTexts.columns.details}
        </button>
      ),
    },
  ];
  return (
    <>
      <VirtualTable
        label={logTexts.title}
        rows={lines.shown}
        keyOf={({ key }) => key}
        overscan={2}
        columns={columns}
        onSight={look}
      />
      {lines.nextCursor === undefined ? null : (
        <div className="row more">
          <ActionButton variant="default" label={logTexts.older} onClick={older}>
            {logTexts.older}
          </ActionButton>
          {lines.searchedTo === undefined ? null : (
            <span className="small">
              {logTexts.searchedTo} <Time at={lines.searchedTo} />
            </span>
          )}
        </div>
      )}
      {opened === undefined ? null : (
        <LineDialog line={opened} isWaiting={isWaiting(opened)} onClose={() => setOpened(undefined)} />
      )}
    </>
  );
}
