import { Checkbox } from '@mantine/core';
import { learnTexts } from '../../texts/en/learn.ts';
import { t } from '../../texts/texts.ts';
import { Time } from '../../ui/time.tsx';
import type { Suggestion } from './enforce.ts';

/** Rules with their ticks, by the software or the domain they belong to. */
export function Suggestions({
  rules,
  taken,
  onTake,
}: {
  readonly rules: readonly Suggestion[];
  readonly taken: ReadonlySet<string>;
  readonly onTake: (patterns: readonly string[], on: boolean) => void;
}) {
  const groups = [...Map.groupBy(rules, ({ of }) => of)];
  return groups.map(([of, its]) => {
    const patterns = its.map(({ pattern }) => pattern);
    const count = patterns.filter((pattern) => taken.has(pattern)).length;
    return (
      <fieldset key={of} className="card learn-group">
        <legend className="unseen">{of}</legend>
        {/* One name alone is its own heading. */}
        {its.length === 1 && its[0]?.preset === undefined ? null : (
          <Checkbox
            label={<strong>{of}</strong>}
            aria-label={learnTexts.takeAll(of)}
            checked={count === patterns.length}
            indeterminate={count > 0 && count < patterns.length}
            onChange={(event) => onTake(patterns, event.currentTarget.checked)}
          />
        )}
        <ul className={its.length === 1 && its[0]?.preset === undefined ? 'plain' : 'plain learn-names'}>
          {its.map((rule) => (
            <li key={rule.pattern}>
              <Checkbox
                checked={taken.has(rule.pattern)}
                onChange={(event) => onTake([rule.pattern], event.currentTarget.checked)}
                label={<SuggestedRule rule={rule} />}
              />
            </li>
          ))}
        </ul>
      </fieldset>
    );
  });
}

function SuggestedRule({
  rule: { pattern, types, why, count, need, lastAt },
}: {
  readonly rule: Suggestion;
}) {
  return (
    <>
      <span className="name">{pattern}</span>{' '}
      <span className="small">
        {types.join() === 'A,AAAA' ? '' : `${types.join(', ')} · `}
        {count === 0 ? learnTexts.notAsked : t.refused.count(count)}
        {lastAt === undefined ? null : (
          <>
            , {learnTexts.lastAsked} <Time at={lastAt} />
          </>
        )}
        {need === undefined ? '' : ` · ${learnTexts.needs[need]}`} · {why}
      </span>
    </>
  );
}
