import { useWhy } from '../../api/reads.ts';
import type { Why } from '../../api/types.ts';
import { t } from '../../texts/texts.ts';
import { StateBadge } from '../../ui/badge.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { LoadingRows, ProblemCard } from '../../ui/states.tsx';
import { Time } from '../../ui/time.tsx';
import { textOf, type WhySubject } from './subject.ts';

/** Why a name or an address can, or cannot, be reached. */
export function WhyDialog({
  subject,
  onClose,
}: {
  readonly subject: WhySubject;
  readonly onClose: () => void;
}) {
  const { data, error, refetch } = useWhy(subject);
  return (
    <Dialog wide title={t.why.title(textOf(subject))} onClose={onClose}>
      {data === undefined && error === null ? <LoadingRows /> : null}
      {error === null ? null : <ProblemCard error={error} onRetry={() => void refetch()} />}
      {data?.names?.map((one) => (
        <NameAnswer key={one.group} one={one} />
      ))}
      {data?.names?.length === 0 ? <p>{t.why.none}</p> : null}
      {data?.address === undefined ? null : <AddressAnswer one={data.address} />}
    </Dialog>
  );
}

function NameAnswer({ one }: { readonly one: NonNullable<Why['names']>[number] }) {
  return (
    <div className="why stack">
      <h3>
        <StateBadge tone={one.verdict === 'allowed' ? 'good' : 'bad'}>{one.group}</StateBadge>
      </h3>
      <p>{one.sentence}</p>
      {one.catalog === undefined ? null : (
        <p>
          {t.why.catalog}: <strong>{one.catalog.title}</strong>. {one.catalog.why}
          {one.catalog.breaks === '' ? null : ` ${t.why.breaks(one.catalog.breaks)}`}
        </p>
      )}
      {one.addresses.length === 0 ? null : (
        <p>
          {t.why.addresses}: <code>{one.addresses.join(' ')}</code>
        </p>
      )}
      {one.leftOut.length === 0 ? null : (
        <p>
          {t.why.leftOut}: <code>{one.leftOut.map(({ address }) => address).join(' ')}</code>
        </p>
      )}
      <LeaseTrail title={t.why.opened} leases={one.leases} />
      <h4>{t.why.questions}</h4>
      {one.lastQueries.length === 0 ? (
        <p className="small">{t.why.noQuestions}</p>
      ) : (
        <ul className="plain">
          {one.lastQueries.slice(0, 5).map(({ id, at, client, type, verdict, rcode }) => (
            <li key={id}>
              <Time at={at} /> · {client} · {type} ·{' '}
              {verdict === 'allowed'
                ? t.log.verdicts.allowed
                : verdict === 'denied'
                  ? t.log.verdicts.denied
                  : t.log.verdicts.failed}{' '}
              ({rcode})
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function AddressAnswer({ one }: { readonly one: NonNullable<Why['address']> }) {
  return (
    <div className="why stack">
      <p>{one.sentence}</p>
      <LeaseTrail title={one.open ? t.why.leases : t.why.wasOpen} leases={one.leases} />
    </div>
  );
}

type Leases = NonNullable<Why['address']>['leases'];

function LeaseTrail({ title, leases }: { readonly title: string; readonly leases: Leases }) {
  if (leases.length === 0) return null;
  return (
    <>
      <h4>{title}</h4>
      <ul className="plain">
        {leases.slice(0, MOST).map((lease) => (
          <li key={`${lease.group} ${lease.name} ${lease.address} ${lease.startedAt}`}>
            <code>{lease.address}</code> · {lease.name} · <Time at={lease.startedAt} />
            {lease.approvedBy === undefined ? null : ` · ${lease.approvedBy}`}
            {lease.note === undefined || lease.note === '' ? null : ` · ${lease.note}`}
            <div className="small">{lease.next}</div>
          </li>
        ))}
      </ul>
    </>
  );
}

/** Rows of each list; `sallyport why` has all of them. */
const MOST = 10;
