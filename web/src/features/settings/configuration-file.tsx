import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { request } from '../../api/request.ts';
import { useMayAdminister } from '../../api/roles.ts';
import type { FileExport, Status } from '../../api/types.ts';
import { configurationTexts } from '../../texts/en/configuration.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { useNotice } from '../../ui/notices.tsx';
import { saveFile } from '../../ui/save-file.ts';
import { Section } from '../../ui/section.tsx';
import { problemText } from '../../ui/states.tsx';
import { Time } from '../../ui/time.tsx';
import { PlanDialog } from './plan-dialog.tsx';

type Configuration = Status['configuration'];

/** Whether a file is the truth, what is wrong with it, what it would change, and what people added beside it. */
export function ConfigurationFile({ configuration }: { readonly configuration: Configuration }) {
  const { source, managed, appliedAt, drift } = configuration;
  const [isPlanning, setPlanning] = useState(false);
  const tell = useNotice();
  const admin = useMayAdminister();
  const show = useMutation({
    mutationFn: () => request<FileExport>('GET', '/config'),
    onError: (error) => tell({ text: problemText(error), kind: 'problem' }),
  });
  const what =
    source === undefined
      ? configurationTexts.none
      : managed
        ? configurationTexts.managed(source)
        : configurationTexts.seed(source);
  return (
    <Section title={configurationTexts.file}>
      <div className="card stack">
        <p>
          {what}{' '}
          {appliedAt === undefined ? null : (
            <span className="small">
              {configurationTexts.applied} <Time at={appliedAt} />.
            </span>
          )}
        </p>
        <FileProblem configuration={configuration} />
        {drift.length === 0 ? null : <Drift drift={drift} />}
        {admin ? (
          <div className="row">
            {source === undefined ? null : (
              <ActionButton
                variant="default"
                label={configurationTexts.plan}
                onClick={() => setPlanning(true)}
              >
                {configurationTexts.plan}
              </ActionButton>
            )}
            <ActionButton
              variant="default"
              loading={show.isPending}
              label={configurationTexts.export}
              onClick={() => show.mutate()}
            >
              {configurationTexts.export}
            </ActionButton>
          </div>
        ) : null}
        {show.data === undefined ? null : <Exported yaml={show.data.yaml} />}
      </div>
      {isPlanning && source !== undefined ? (
        <PlanDialog source={source} onClose={() => setPlanning(false)} />
      ) : null}
    </Section>
  );
}

function FileProblem({ configuration: { problem } }: { readonly configuration: Configuration }) {
  if (problem === undefined) return null;
  return (
    <div className="banner" role="alert">
      <p>
        <span aria-hidden="true">!</span> {configurationTexts.problem}{' '}
        <span className="small">
          {configurationTexts.problemSince} <Time at={problem.at} />.
        </span>
      </p>
      <pre>{problem.message}</pre>
    </div>
  );
}

function Drift({ drift }: Pick<Configuration, 'drift'>) {
  const tell = useNotice();
  const yaml = drift.map((one) => `# ${one.group}, by ${one.by}\n${one.yaml.trimEnd()}\n`).join('');
  return (
    <>
      <h3>{configurationTexts.drift}</h3>
      <ul className="plain">
        {drift.map(({ kind, group, what, by, until }) => (
          <li key={`${group} ${kind} ${what}`}>
            <span className="name">{what === '' ? kind : what}</span>{' '}
            <span className="small">
              {group}, {configurationTexts.driftBy(by)}
              {until === undefined ? null : (
                <>
                  , {configurationTexts.until} <Time at={until} />
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
      <p className="small">{configurationTexts.driftText}</p>
      <pre>{yaml}</pre>
      <div className="row">
        {navigator.clipboard === undefined ? null : (
          <ActionButton
            variant="default"
            label={configurationTexts.copy}
            onClick={() =>
              void navigator.clipboard.writeText(yaml).then(() => tell({ text: configurationTexts.copied }))
            }
          >
            {configurationTexts.copy}
          </ActionButton>
        )}
      </div>
    </>
  );
}

function Exported({ yaml }: { readonly yaml: string }) {
  return (
    <>
      <div className="row">
        <ActionButton
          variant="default"
          label={configurationTexts.save}
          onClick={() => saveFile('sallyport.yaml', [yaml], 'application/yaml')}
        >
          {configurationTexts.save}
        </ActionButton>
      </div>
      <pre>{yaml}</pre>
    </>
  );
}
