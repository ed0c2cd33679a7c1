import type { QueryCounted } from '../../api/types.ts';
import { logTexts } from '../../texts/en/log.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { Empty } from '../../ui/states.tsx';
import { type Term, textOf, without, withTerm } from './filter.ts';
import { SPANS } from './filter-bar.tsx';

/** Nothing of how many, and the next wider time. */
export function NothingFound({
  terms,
  counts,
  onChange,
}: {
  readonly terms: readonly Term[];
  readonly counts: QueryCounted | undefined;
  readonly onChange: (terms: readonly Term[]) => void;
}) {
  const since = textOf(terms, 'since');
  const wider = SPANS[SPANS.findIndex((span) => since !== undefined && span === since) + 1];
  const widen = (to: string | undefined) => {
    const rest = without(without(terms, 'until'), 'since');
    onChange(to === undefined ? rest : withTerm(rest, { key: 'since', value: to }));
  };
  return (
    <Empty
      title={
        since === undefined || counts === undefined
          ? logTexts.noMatch
          : logTexts.noneOf(counts.all, SPANS.some((span) => span === since) ? since : undefined)
      }
      action={
        since === undefined ? null : (
          <ActionButton
            variant="default"
            label={wider === undefined || !isSpan(since) ? logTexts.anyTime : logTexts.widen(wider)}
            onClick={() => widen(isSpan(since) ? wider : undefined)}
          >
            {wider === undefined || !isSpan(since) ? logTexts.anyTime : logTexts.widen(wider)}
          </ActionButton>
        )
      }
    />
  );
}

function isSpan(text: string): boolean {
  return SPANS.some((span) => span === text);
}
