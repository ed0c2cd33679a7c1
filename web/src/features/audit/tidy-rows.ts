import type { HygieneReport, RuleView } from '../../api/types.ts';
import { csvText } from '../../lib/csv.ts';

export type Finding = HygieneReport['findings'][number];
type Use = HygieneReport['rules'][number];

export const SHOWS = [
  'unused',
  'comes-back',
  'too-wide',
  'never-resolved',
  'shadowed',
  'no-note',
  'all',
] as const;
export type Show = (typeof SHOWS)[number];

export interface TidyRow {
  readonly key: string;
  readonly group: string;
  readonly pattern: string;
  /** Absent: it has ended, and comes back from time to time. */
  readonly rule?: RuleView;
  readonly use?: Use;
  readonly finding?: Finding;
}

/** The rules of one kind, as one list over all hosts. */
export function tidyRows(
  reports: readonly HygieneReport[],
  rules: readonly RuleView[],
  show: Show,
): readonly TidyRow[] {
  const byId = new Map(rules.map((rule) => [rule.id, rule]));
  return reports.flatMap(({ group, findings, rules: uses }) => {
    const useOf = new Map(uses.map((use) => [use.rule.id, use]));
    const rowOf = (id: number, finding?: Finding): readonly TidyRow[] => {
      const rule = byId.get(id);
      const pattern = rule?.pattern ?? finding?.again?.pattern;
      if (pattern === undefined) return [];
      const use = useOf.get(id);
      return [
        {
          key: `${show} ${id}`,
          group,
          pattern,
          ...(rule === undefined ? {} : { rule }),
          ...(use === undefined ? {} : { use }),
          ...(finding === undefined ? {} : { finding }),
        },
      ];
    };
    if (show === 'all' || show === 'no-note')
      return uses
        .filter(({ note }) => show === 'all' || note === '')
        .flatMap(({ rule }) =>
          rowOf(
            rule.id,
            findings.find(({ rules: of, preset }) => preset === undefined && of.includes(rule.id)),
          ),
        );
    // Rules of a preset stand or fall together: they are told as one, beside the list.
    return findings
      .filter(({ kind, preset }) => kind === show && preset === undefined)
      .flatMap((finding) => finding.rules.flatMap((id) => rowOf(id, finding)));
  });
}

/** What a person may take away here: in force, and not a file's. */
export function isRemovable({ rule }: TidyRow): boolean {
  return rule !== undefined && rule.place === undefined;
}

/** Unused for as long as the report tells: nobody has to tick it. */
export function isPreselected(row: TidyRow): boolean {
  return isRemovable(row) && row.finding?.kind === 'unused' && (row.finding.days ?? 0) >= LONG_DAYS;
}

const LONG_DAYS = 90;

/** These rows and no others. */
export function rowsAsCsv(rows: readonly TidyRow[]): string {
  return csvText(
    ['group', 'action', 'name', 'who', 'when', 'why', 'from', 'uses', 'last use', 'found'],
    rows.map(({ group, pattern, rule, use, finding }) => [
      group,
      rule?.action ?? finding?.again?.action ?? '',
      pattern,
      rule?.createdBy ?? '',
      rule?.createdAt ?? '',
      rule?.note ?? '',
      rule?.place ?? rule?.preset ?? rule?.origin ?? '',
      use?.uses ?? '',
      use?.lastAt ?? '',
      finding?.sentence ?? '',
    ]),
  );
}

/** The same rows for a program. */
export function rowsAsJson(rows: readonly TidyRow[]): string {
  return `${JSON.stringify(
    rows.map(({ key: _, ...row }) => row),
    null,
    2,
  )}\n`;
}
