import { SegmentedControl } from '@mantine/core';
import '@mantine/core/styles/FloatingIndicator.css';
import '@mantine/core/styles/SegmentedControl.css';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { auditTexts } from '../../texts/en/audit.ts';
import { useTitle } from '../../ui/page-title.ts';
import { AuditEntries } from './audit-entries.tsx';
import './audit.css';
import { HygieneReview } from './hygiene-review.tsx';
import { VIEWS } from './search.ts';

/** Who changed what and why, with the way back; and what of it all is not needed any more. */
export function AuditScreen() {
  useTitle(auditTexts.title);
  const search = useSearch({ from: '/audit' });
  const navigate = useNavigate({ from: '/audit' });
  const { view = 'entries' } = search;
  return (
    <>
      <h1>{auditTexts.title}</h1>
      <SegmentedControl
        aria-label={auditTexts.view}
        className="views"
        value={view}
        onChange={(value) =>
          void navigate({
            search: (before) => ({
              ...before,
              view: VIEWS.find((one) => one === value && one !== 'entries'),
            }),
          })
        }
        data={VIEWS.map((value) => ({ value, label: auditTexts.views[value] }))}
      />
      {view === 'entries' ? <AuditEntries search={search} /> : <HygieneReview />}
    </>
  );
}
