import type { GroupPreset } from '../../api/types.ts';
import { presetsTexts } from '../../texts/en/presets.ts';
import { Time } from '../../ui/time.tsx';

type Rule = NonNullable<GroupPreset['update']>['added'][number];

/** The three sides of an update: what was taken, what the catalog made of it, and what a person made of it here. */
export function PresetUpdate({ taken: { update, yours } }: { readonly taken: GroupPreset }) {
  if (update === undefined) return null;
  const { from, to, added, removed, changed } = update;
  return (
    <>
      <section>
        <h3>{presetsTexts.theirs(from, to)}</h3>
        <ul className="plain small">
          {added.map((rule) => (
            <li key={`+ ${rule.pattern}`}>
              + <Written rule={rule} /> ({presetsTexts.added})
            </li>
          ))}
          {removed.map((rule) => (
            <li key={`- ${rule.pattern}`}>
              − <Written rule={rule} /> ({presetsTexts.removed})
            </li>
          ))}
          {changed.map(({ before, after }) => (
            <li key={`~ ${after.pattern}`}>
              ~ <Written rule={after} /> ({presetsTexts.changed})
              <div className="change">{presetsTexts.before(wordsOf(before))}</div>
            </li>
          ))}
        </ul>
      </section>
      <section>
        <h3>{presetsTexts.yours}</h3>
        {yours.length === 0 ? <p className="small">{presetsTexts.yoursNone}</p> : null}
        <ul className="plain small">
          {yours.map(({ pattern, what, until }) => (
            <li key={pattern}>
              <span className="name">{pattern}</span>: {presetsTexts.yourEdits[what]}
              {until === undefined ? null : (
                <>
                  {' '}
                  (<Time at={until} />)
                </>
              )}
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}

function Written({ rule }: { readonly rule: Rule }) {
  return <span className="name">{wordsOf(rule)}</span>;
}

function wordsOf({ action, pattern, types, note }: Rule): string {
  return `${action} ${pattern} (${types.join(', ')})${note === '' ? '' : `: ${note}`}`;
}
