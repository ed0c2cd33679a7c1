import { Checkbox, NativeSelect } from '@mantine/core';
import { useQueries } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useRules, useStatus } from '../../api/reads.ts';
import { useMayAdminister } from '../../api/roles.ts';
import { hygieneTexts } from '../../texts/en/hygiene.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { saveFile } from '../../ui/save-file.ts';
import { Empty, LoadingRows, ProblemCard } from '../../ui/states.tsx';
import { Time } from '../../ui/time.tsx';
import { EndDialog } from '../domains/end-dialog.tsx';
import { hygieneRead } from '../domains/rule-uses.ts';
import { TidyRowCard } from './tidy-row-card.tsx';
import {
  isPreselected,
  isRemovable,
  rowsAsCsv,
  rowsAsJson,
  SHOWS,
  type Show,
  type TidyRow,
  tidyRows,
} from './tidy-rows.ts';

/** Every rule with who made it, when and why; what is not needed any more is ticked and goes in three clicks. */
export function HygieneReview() {
  const { data: status } = useStatus();
  const { data: rules } = useRules();
  const answers = useQueries({ queries: (status?.groups ?? []).map(({ name }) => hygieneRead(name)) });
  const [show, setShow] = useState<Show>('unused');
  const error = answers.find((answer) => answer.error !== null)?.error;
  const reports = answers.flatMap(({ data }) => data ?? []);
  if (error != null)
    return (
      <ProblemCard
        error={error}
        onRetry={() => {
          for (const { refetch } of answers) void refetch();
        }}
      />
    );
  if (rules === undefined || reports.length < answers.length || status === undefined)
    return <LoadingRows rows={6} />;
  const counts = SHOWS.map((kind) => [kind, tidyRows(reports, rules.items, kind).length] as const);
  const since = reports
    .map(({ countedSince }) => countedSince)
    .filter((at) => at !== undefined)
    .sort()[0];
  return (
    <>
      <p className="small intro">
        {hygieneTexts.intro}{' '}
        {since === undefined ? null : (
          <>
            {hygieneTexts.countedSince} <Time at={since} />.
          </>
        )}
      </p>
      <div className="filters">
        <NativeSelect
          aria-label={hygieneTexts.show}
          value={show}
          onChange={(event) => {
            const { value } = event.currentTarget;
            setShow(SHOWS.find((one) => one === value) ?? 'unused');
          }}
          data={counts.map(([value, n]) => ({
            value,
            label: hygieneTexts.counts(hygieneTexts.shows[value], n),
          }))}
        />
      </div>
      {show !== 'unused'
        ? null
        : reports.flatMap(({ group, findings }) =>
            findings
              .filter(({ preset }) => preset !== undefined)
              .map(({ preset, sentence, remedy }) => (
                <p key={`${group} ${preset}`} className="card">
                  <strong>
                    {hygieneTexts.presetUnused(preset ?? '')} ({group})
                  </strong>
                  : {sentence} {remedy}{' '}
                  <Link to="/domains" search={{ view: 'presets' }}>
                    {hygieneTexts.toPresets}
                  </Link>
                </p>
              )),
          )}
      <Rows key={show} rows={tidyRows(reports, rules.items, show)} show={show} />
    </>
  );
}

function Rows({ rows, show }: { readonly rows: readonly TidyRow[]; readonly show: Show }) {
  const [changed, setChanged] = useState<ReadonlyMap<string, boolean>>(new Map());
  const [isEnding, setEnding] = useState(false);
  const [shown, setShown] = useState(SHOWN);
  const admin = useMayAdminister();
  const isSelected = (row: TidyRow) => isRemovable(row) && (changed.get(row.key) ?? isPreselected(row));
  const selected = rows.filter(isSelected).flatMap(({ rule }) => rule ?? []);
  const removable = rows.filter(isRemovable);
  const setAll = (on: boolean) => setChanged(new Map(removable.map(({ key }) => [key, on])));
  return (
    <>
      <div className="bulk">
        {admin ? (
          <Checkbox
            label={hygieneTexts.selected(selected.length, rows.length)}
            disabled={removable.length === 0}
            checked={selected.length > 0 && selected.length === removable.length}
            indeterminate={selected.length > 0 && selected.length < removable.length}
            onChange={(event) => setAll(event.currentTarget.checked)}
          />
        ) : null}
        {admin && selected.length > 0 ? (
          <ActionButton
            color="red"
            label={hygieneTexts.remove(selected.length)}
            onClick={() => setEnding(true)}
          >
            {hygieneTexts.remove(selected.length)}
          </ActionButton>
        ) : null}
        <span className="end row">
          <ActionButton
            variant="default"
            disabled={rows.length === 0}
            label={hygieneTexts.exportAs.csv}
            onClick={() => saveFile(`sallyport-${show}.csv`, [rowsAsCsv(rows)], 'text/csv')}
          >
            {hygieneTexts.exportAs.csv}
          </ActionButton>
          <ActionButton
            variant="default"
            disabled={rows.length === 0}
            label={hygieneTexts.exportAs.json}
            onClick={() => saveFile(`sallyport-${show}.json`, [rowsAsJson(rows)], 'application/json')}
          >
            {hygieneTexts.exportAs.json}
          </ActionButton>
        </span>
      </div>
      {rows.length === 0 ? <Empty title={hygieneTexts.none}>{hygieneTexts.noneText}</Empty> : null}
      <ul className="plain" aria-label={hygieneTexts.shows[show]}>
        {rows.slice(0, shown).map((row) => (
          <TidyRowCard
            key={row.key}
            row={row}
            isSelected={isSelected(row)}
            onSelect={(on) => setChanged((before) => new Map(before).set(row.key, on))}
          />
        ))}
      </ul>
      {rows.length > shown ? (
        <div className="more">
          <ActionButton
            variant="default"
            label={hygieneTexts.more(rows.length - shown)}
            onClick={() => setShown(shown + SHOWN)}
          >
            {hygieneTexts.more(rows.length - shown)}
          </ActionButton>
        </div>
      ) : null}
      {isEnding ? (
        <EndDialog rules={selected} onClose={() => setEnding(false)} onDone={() => setChanged(new Map())} />
      ) : null}
    </>
  );
}

/** Rows at a time: ten thousand cards would be slow, and nobody reads them. */
const SHOWN = 200;
