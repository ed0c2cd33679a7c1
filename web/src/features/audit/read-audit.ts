import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useServices } from '../../api/context.ts';
import { KEYS } from '../../api/reads.ts';
import { queryText, request } from '../../api/request.ts';
import type { AuditEntry, Audits, AuditWords } from '../../api/types.ts';
import { csvText } from '../../lib/csv.ts';
import { saveFile } from '../../ui/save-file.ts';
import type { AuditSearch } from './search.ts';

type Filter = Readonly<Record<string, string | undefined>>;

export function useAudit(search: AuditSearch) {
  const filter = useFilter(search);
  const { actor, action, text, since } = search;
  return useInfiniteQuery({
    queryKey: [...KEYS.audit, { actor, action, text, since }],
    queryFn: ({ pageParam }) => readPage(filter(), pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor,
  });
}

export function useAuditWords() {
  return useQuery({
    queryKey: [...KEYS.audit, 'words'],
    queryFn: () => request<AuditWords>('GET', '/audit/words'),
    staleTime: 60_000,
  });
}

/** Everything that matches, however many pages that is. */
export function useExportAudit(search: AuditSearch) {
  const filter = useFilter(search);
  return async (kind: 'csv' | 'json', onProgress: (entries: number) => void): Promise<void> => {
    const entries: AuditEntry[] = [];
    const asked = filter();
    let cursor: string | undefined;
    do {
      const page = await readPage(asked, cursor);
      entries.push(...page.items);
      cursor = page.nextCursor;
      onProgress(entries.length);
    } while (cursor !== undefined);
    saveFile(
      `sallyport-audit.${kind}`,
      [kind === 'csv' ? entriesAsCsv(entries) : asJson(entries)],
      TYPES[kind],
    );
  };
}

/** 'Last 7 days' is counted from the moment of asking, by the server's clock. */
function useFilter({ actor, action, text, since }: AuditSearch): () => Filter {
  const { clock } = useServices();
  return () => ({
    actor,
    action,
    text,
    since:
      since === undefined || since === 'all'
        ? undefined
        : new Date(clock.now() - SPANS_MS[since]).toISOString(),
  });
}

function readPage(filter: Filter, cursor: string | undefined): Promise<Audits> {
  return request<Audits>('GET', `/audit${queryText({ ...filter, cursor, limit: PAGE })}`);
}

function entriesAsCsv(entries: readonly AuditEntry[]): string {
  return csvText(
    ['id', 'at', 'who', 'from', 'what', 'of', 'note', 'takes back', 'taken back by', 'before', 'after'],
    entries.map(
      ({ id, at, actor, origin, action, subject, note, reverts = '', revertedBy = '', before, after }) => [
        id,
        at,
        actor,
        origin,
        action,
        subject,
        note,
        reverts,
        revertedBy,
        valueText(before),
        valueText(after),
      ],
    ),
  );
}

const valueText = (value: unknown) => (value === undefined || value === null ? '' : JSON.stringify(value));
const asJson = (entries: readonly AuditEntry[]) => `${JSON.stringify(entries, null, 2)}\n`;

const TYPES = { csv: 'text/csv', json: 'application/json' } as const;
const PAGE = 100;
const DAY_MS = 86_400_000;
const SPANS_MS = { '24h': DAY_MS, '7d': 7 * DAY_MS, '30d': 30 * DAY_MS } as const;
