import type { Group, RuleView } from '../../api/types.ts';
import { t } from '../../texts/texts.ts';
import { Section } from '../../ui/section.tsx';

/** Which presets the hosts have, with what each name of them is for. */
export function PresetsInUse({
  groups,
  rules,
}: {
  readonly groups: readonly Group[];
  readonly rules: readonly RuleView[];
}) {
  const used = groups.flatMap(({ name, presets }) => presets.map((preset) => ({ group: name, preset })));
  return (
    <Section title={t.domains.presets}>
      {used.length === 0 ? <p className="small">{t.domains.presetsNone}</p> : null}
      {used.map(({ group, preset }) => {
        const its = rules.filter((rule) => rule.group === group && rule.preset === preset);
        return (
          <details key={`${group} ${preset}`} className="card">
            <summary>
              <strong>{preset}</strong>{' '}
              <span className="small">
                {group} · {t.domains.count(its.length, its.length)}
              </span>
            </summary>
            <ul className="plain">
              {its.map(({ id, pattern, note }) => (
                <li key={id}>
                  <span className="name">{pattern}</span> <span className="small">{note}</span>
                </li>
              ))}
            </ul>
          </details>
        );
      })}
    </Section>
  );
}
