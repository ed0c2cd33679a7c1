import { useNavigate } from '@tanstack/react-router';
import { useMayAdminister } from '../../api/roles.ts';
import type { LearnReport } from '../../api/types.ts';
import { rulesYaml } from '../../lib/rule-yaml.ts';
import { learnTexts } from '../../texts/en/learn.ts';
import { t } from '../../texts/texts.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { Lock } from '../../ui/lock.tsx';
import { Section } from '../../ui/section.tsx';
import { LoadingRows, ProblemCard, problemText } from '../../ui/states.tsx';
import { needsOverride, type Suggestion, useEnforce, useEnforcePreview, useLearnAgain } from './enforce.ts';

/** What enforcing with the ticked rules would have refused, the one click that does it, and the one back. */
export function EnforcePanel({
  report,
  place,
  rules,
}: {
  readonly report: LearnReport;
  /** Of hosts that a file manages: where. */
  readonly place: string | undefined;
  readonly rules: readonly Suggestion[];
}) {
  const { group, mode } = report;
  const preview = useEnforcePreview(group, rules);
  const refused = preview.data?.newlyRefused ?? [];
  const admin = useMayAdminister();
  return (
    <Section title={learnTexts.preview}>
      <div className="card stack">
        <div aria-live="polite" className="stack">
          {preview.data === undefined && preview.error === null ? <LoadingRows rows={1} height={24} /> : null}
          {preview.error === null ? null : <ProblemCard error={preview.error} />}
          {preview.data === undefined ? null : (
            <p>
              {learnTexts.wouldRefuse(preview.data.newlyRefusedNames, preview.data.newlyRefusedQueries)}{' '}
              <span className="small">{learnTexts.ofAll(preview.data.queries)}</span>
            </p>
          )}
        </div>
        {refused.length === 0 ? null : (
          <ul className="plain small diff">
            {refused.slice(0, FIRST).map(({ name, count }) => (
              <li key={name}>
                <span className="name">{name}</span> {t.refused.count(count)}
              </li>
            ))}
            {refused.length > FIRST ? <li>+{refused.length - FIRST}</li> : null}
          </ul>
        )}
        {place === undefined ? null : (
          <>
            <p className="hint">
              <Lock /> {learnTexts.managed(place)}
            </p>
            {rules.length === 0 ? null : (
              <>
                <p className="small">{learnTexts.asYaml}</p>
                <pre>{yamlOf(rules)}</pre>
              </>
            )}
          </>
        )}
        {admin && place === undefined ? <Buttons report={report} rules={rules} /> : null}
        {mode === 'enforce' ? <p className="small">{learnTexts.isEnforced(group)}</p> : null}
      </div>
    </Section>
  );
}

function Buttons({ report, rules }: { readonly report: LearnReport; readonly rules: readonly Suggestion[] }) {
  const { group, mode } = report;
  const enforce = useEnforce(report);
  const back = useLearnAgain(group);
  const navigate = useNavigate();
  const act = (override: boolean) =>
    enforce.mutate({ rules, override }, { onSuccess: () => void navigate({ to: '/' }) });
  const words = mode === 'enforce' ? learnTexts.add(rules.length) : learnTexts.enforce(rules.length);
  return (
    <>
      {needsOverride(enforce.error) ? (
        <div role="alert" className="stack">
          <p className="problem-text">{problemText(enforce.error)}</p>
          <p>{learnTexts.anywayText}</p>
          <div className="row">
            <ActionButton
              size="sm"
              variant="default"
              loading={enforce.isPending}
              label={learnTexts.anyway}
              onClick={() => act(true)}
            >
              {learnTexts.anyway}
            </ActionButton>
          </div>
        </div>
      ) : null}
      <div className="row">
        {mode === 'enforce' && rules.length === 0 ? null : (
          <ActionButton size="sm" loading={enforce.isPending} label={words} onClick={() => act(false)}>
            {words}
          </ActionButton>
        )}
        {mode === 'enforce' ? (
          <ActionButton
            size="sm"
            variant="default"
            loading={back.isPending}
            label={t.actions.about(learnTexts.back, group)}
            onClick={() => back.mutate()}
          >
            {learnTexts.back}
          </ActionButton>
        ) : null}
      </div>
    </>
  );
}

function yamlOf(rules: readonly Suggestion[]): string {
  return rulesYaml(
    rules.map(({ pattern, types, why }) => ({
      action: 'allow',
      pattern,
      types,
      note: why,
      warm: 'auto',
      private: false,
    })),
  );
}

/** Names that would be refused; the command line has all of them. */
const FIRST = 20;
