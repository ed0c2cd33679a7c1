import type { Why } from '../../api/types.ts';
import { whyTexts } from '../../texts/en/why.ts';
import { t } from '../../texts/texts.ts';
import { StateBadge } from '../../ui/badge.tsx';
import { LeaseTrail } from './lease-trail.tsx';
import { OpenNow } from './open-now.tsx';
import { useExplained } from './reads.ts';

/** Why an address is open or not, whose names led to it, and who else is there. */
export function AddressAnswer({ one }: { readonly one: NonNullable<Why['address']> }) {
  const { address, open, sentence, risk, leases } = one;
  return (
    <div className="why stack">
      <h3>
        <StateBadge tone={open ? 'good' : 'soft'}>{open ? whyTexts.open : whyTexts.closed}</StateBadge>
      </h3>
      <p>{sentence}</p>
      {risk === undefined ? null : (
        <p>
          {whyTexts.shared(risk.score)}: {risk.sentence}
        </p>
      )}
      <Explanation address={address} />
      <OpenNow asked={{ address }} />
      <LeaseTrail title={open ? t.why.leases : t.why.wasOpen} leases={leases} />
    </div>
  );
}

function Explanation({ address }: { readonly address: string }) {
  const { data } = useExplained({ address });
  const names = data?.address?.names ?? [];
  return (
    <>
      {data?.address === undefined ? null : <p>{data.address.sentence}</p>}
      {names.length === 0 ? null : (
        <div>
          <h4>{whyTexts.names}</h4>
          <ul className="plain">
            {names.map((found) => (
              <li key={found.name}>
                <span className="name">{found.name}</span>{' '}
                {found.catalog === undefined ? null : (
                  <span className="small">
                    {found.catalog.title}: {found.catalog.why}
                  </span>
                )}
              </li>
            ))}
          </ul>
        </div>
      )}
    </>
  );
}
