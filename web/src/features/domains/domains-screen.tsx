import { SegmentedControl } from '@mantine/core';
import '@mantine/core/styles/FloatingIndicator.css';
import '@mantine/core/styles/SegmentedControl.css';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useRules, useStatus } from '../../api/reads.ts';
import { domainsTexts } from '../../texts/en/domains.ts';
import { useTitle } from '../../ui/page-title.ts';
import { LoadingRows, ProblemCard } from '../../ui/states.tsx';
import './domains.css';
import { Hosts } from './hosts.tsx';
import { Names } from './names.tsx';
import { PresetList } from './preset-list.tsx';
import { VIEWS } from './search.ts';

/** What may be reached: the rules, the presets they came with, and the hosts they are for. */
export function DomainsScreen() {
  useTitle(domainsTexts.title);
  const { data, error, refetch } = useRules();
  const { data: status } = useStatus();
  const search = useSearch({ from: '/domains' });
  const navigate = useNavigate({ from: '/domains' });
  const { view = 'names' } = search;
  const groups = status?.groups ?? [];
  return (
    <>
      <h1>{domainsTexts.title}</h1>
      <SegmentedControl
        aria-label={domainsTexts.view}
        className="views"
        value={view}
        onChange={(value) =>
          void navigate({
            search: (before) => ({ ...before, view: VIEWS.find((one) => one === value && one !== 'names') }),
          })
        }
        data={VIEWS.map((value) => ({ value, label: domainsTexts.views[value] }))}
      />
      {data === undefined && error === null ? <LoadingRows rows={8} height={40} /> : null}
      {data === undefined && error !== null ? (
        <ProblemCard error={error} onRetry={() => void refetch()} />
      ) : null}
      {data !== undefined && view === 'names' ? (
        <Names rules={data.items} search={search} groups={groups} />
      ) : null}
      {data !== undefined && view === 'presets' ? <PresetList groups={groups} group={search.group} /> : null}
      {view === 'hosts' ? <Hosts groups={groups} /> : null}
    </>
  );
}
