import { useMutation } from '@tanstack/react-query';
import { request } from '../../api/request.ts';
import { useMayAdminister } from '../../api/roles.ts';
import type { Status } from '../../api/types.ts';
import { t } from '../../texts/texts.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { useNotice } from '../../ui/notices.tsx';
import { Section } from '../../ui/section.tsx';
import { problemText } from '../../ui/states.tsx';

/** Whether a file is the truth, what is wrong with it, and what people added beside it. */
export function ConfigurationFile({ configuration }: { readonly configuration: Status['configuration'] }) {
  const { source, managed, problem, drift } = configuration;
  const tell = useNotice();
  const admin = useMayAdminister();
  const show = useMutation({
    mutationFn: () => request<{ readonly yaml: string }>('GET', '/config'),
    onError: (error) => tell({ text: problemText(error), kind: 'problem' }),
  });
  const what =
    source === undefined
      ? t.settings.fileNone
      : managed
        ? t.settings.fileManaged(source)
        : t.settings.fileSeed(source);
  return (
    <Section title={t.settings.file}>
      <div className="card stack">
        <p>{what}</p>
        {problem === undefined ? null : <p className="problem-text">{problem.message}</p>}
        {drift.length === 0 ? null : (
          <>
            <h3>{t.settings.drift}</h3>
            <p className="small">{t.settings.driftText}</p>
            <pre>{drift.map(({ yaml }) => yaml).join('\n')}</pre>
          </>
        )}
        {admin ? (
          <div className="row">
            <ActionButton
              variant="default"
              loading={show.isPending}
              label={t.settings.export}
              onClick={() => show.mutate()}
            >
              {t.settings.export}
            </ActionButton>
          </div>
        ) : null}
        {show.data === undefined ? null : <pre className="yaml">{show.data.yaml}</pre>}
      </div>
    </Section>
  );
}
