import { Link } from '@tanstack/react-router';
import { useDenials, useStatus } from '../../api/reads.ts';
import { useMayAdminister } from '../../api/roles.ts';
import type { Status } from '../../api/types.ts';
import { t } from '../../texts/texts.ts';
import { useTitle } from '../../ui/page-title.ts';
import { Section } from '../../ui/section.tsx';
import { Empty, LoadingRows, ProblemCard } from '../../ui/states.tsx';
import { JustAllowed } from '../effects/just-allowed.tsx';
import { DenialRow } from '../refused/denial-row.tsx';
import { useKeptPlaces } from '../refused/kept-places.ts';
import { ReproduceRunning } from '../reproduce/running.tsx';
import { ReproduceStart } from '../reproduce/start.tsx';
import { DayChart } from './day-chart.tsx';
import { ExpiringSoon } from './expiring-soon.tsx';
import { GroupCard } from './group-card.tsx';
import { NewHosts } from './new-hosts.tsx';
import { QuestionPath } from './question-path.tsx';
import { Troubles } from './troubles.tsx';

/** Is the server fine, is it contained, does something need me. */
export function OverviewScreen() {
  useTitle(t.overview.title);
  const { data: status, error, refetch } = useStatus();
  if (status === undefined) {
    return error === null ? (
      <LoadingRows rows={4} height={96} />
    ) : (
      <ProblemCard error={error} onRetry={() => void refetch()} />
    );
  }
  return (
    <>
      <h1>{t.overview.title}</h1>
      <Troubles status={status} />
      <Sentence status={status} />
      <ToSetUp status={status} />
      <div className="columns">
        <div>
          <JustRefused waiting={status.waitingDenials} />
          <div className="stack section">
            <ReproduceRunning />
            <ReproduceStart />
          </div>
          <JustAllowed />
          <NewHosts status={status} />
          <QuestionPath status={status} />
          <DayChart />
        </div>
        <div>
          <Section title={t.overview.hosts}>
            {status.groups.map((group) => (
              <GroupCard key={group.name} group={group} />
            ))}
            {status.groups.length === 0 ? (
              <Empty title={t.overview.noGroup}>{t.overview.noQueries}</Empty>
            ) : null}
          </Section>
          <ExpiringSoon />
          <Promises status={status} />
        </div>
      </div>
    </>
  );
}

/** What may be relied on now, in the words of the API, which claims no more than is enforced. */
function Sentence({ status }: { readonly status: Status }) {
  const { waitingDenials, openAddresses, groups } = status;
  if (groups.length === 0) return null;
  return (
    <p className="lead">
      {waitingDenials === 0 ? (
        t.overview.nothingWaits
      ) : (
        <strong>{t.overview.waitingSentence(waitingDenials)}</strong>
      )}{' '}
      {t.overview.open(openAddresses)}.
    </p>
  );
}

/** Until a person has chosen whom to protect: a first start has a group for trying out at most. */
function ToSetUp({ status: { groups } }: { readonly status: Status }) {
  const admin = useMayAdminister();
  if (!admin || groups.some(({ origin }) => origin !== 'default')) return null;
  return (
    <Section title={t.overview.setUp}>
      <Empty
        title={t.overview.setUpNone}
        action={
          <Link to="/setup" search={{}}>
            {t.overview.setUpGo}
          </Link>
        }
      />
    </Section>
  );
}

function JustRefused({ waiting }: { readonly waiting: number }) {
  const { data, error, refetch } = useDenials({ state: 'waiting', window: '15m', limit: READ });
  const { place, settle } = useKeptPlaces();
  if (data === undefined) {
    return (
      <Section title={t.overview.justRefused}>
        {error === null ? <LoadingRows /> : <ProblemCard error={error} onRetry={() => void refetch()} />}
      </Section>
    );
  }
  return (
    <Section
      title={t.overview.justRefused}
      aside={
        <Link to="/refused" search={{}}>
          {t.overview.seeAll(waiting)}
        </Link>
      }
    >
      <div ref={place}>
        {settle(data.items, SHOWN).map((denial) => (
          <DenialRow key={denial.id} denial={denial} />
        ))}
      </div>
      {data.items.length === 0 ? (
        <Empty title={t.overview.justRefusedNone}>{t.refused.emptyWaitingText}</Empty>
      ) : null}
    </Section>
  );
}

function Promises({ status: { promises } }: { readonly status: Status }) {
  const broken = promises.filter(({ holds }) => !holds);
  return (
    <Section title={t.overview.promises}>
      <div className="card">
        <p>
          {broken.length === 0
            ? `✓ ${t.overview.promisesAll}`
            : `✕ ${t.overview.promisesBroken(broken.length)}`}
        </p>
        {broken.length === 0 ? null : (
          <ul className="plain">
            {broken.map(({ id, sentence }) => (
              <li key={id}>
                <strong>{id}</strong> {sentence}
              </li>
            ))}
          </ul>
        )}
      </div>
    </Section>
  );
}

const SHOWN = 5;
/** More than are shown: a row that somebody is at stays while others come. */
const READ = 50;
