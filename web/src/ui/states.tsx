import { Button, Skeleton } from '@mantine/core';
import type { ReactNode } from 'react';
import { Refused, Unreachable } from '../api/request.ts';
import { t } from '../texts/texts.ts';

/** An empty list says what will be here. */
export function Empty({
  title,
  children,
  action,
}: {
  readonly title: string;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
}) {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      {children === undefined ? null : <p>{children}</p>}
      {action}
    </div>
  );
}

/** Rows of the height of what will be there, so that nothing jumps. */
export function LoadingRows({ rows = 3, height = 64 }: { readonly rows?: number; readonly height?: number }) {
  return (
    <div role="status" aria-label={t.loading} className="stack">
      {Array.from({ length: rows }, (_, row) => row).map((row) => (
        <Skeleton key={row} height={height} radius="md" />
      ))}
    </div>
  );
}

/** What happened, what to do about it, and which request it was. */
export function ProblemCard({ error, onRetry }: { readonly error: unknown; readonly onRetry?: () => void }) {
  const { what, hint, request } = wordsOf(error);
  return (
    <div className="card problem" role="alert">
      <h3>{t.problem.title}</h3>
      <p>{what}</p>
      {hint === undefined ? null : <p>{hint}</p>}
      {request === undefined ? null : <p className="small">{t.problem.request(request)}</p>}
      {onRetry === undefined ? null : (
        <Button size="compact-sm" variant="default" onClick={onRetry}>
          {t.problem.retry}
        </Button>
      )}
    </div>
  );
}

/** What went wrong in a dialog, in it. */
export function ProblemLine({ error }: { readonly error: unknown }) {
  if (error === null) return null;
  return (
    <p className="problem-text" role="alert">
      {problemText(error)}
    </p>
  );
}

/** The same in one line, for a notice or beside a field. */
export function problemText(error: unknown): string {
  const { what, hint } = wordsOf(error);
  return hint === undefined ? `${what}.` : `${what}. ${hint}`;
}

function wordsOf(error: unknown): {
  readonly what: string;
  readonly hint?: string;
  readonly request?: string;
} {
  if (error instanceof Refused) {
    return {
      what: error.message,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      request: error.requestId,
    };
  }
  if (error instanceof Unreachable) return { what: error.message, hint: t.problem.unreachableHint };
  return { what: `${t.problem.unexpected}: ${error instanceof Error ? error.message : String(error)}` };
}
