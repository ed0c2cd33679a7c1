import type { Why } from '../../api/types.ts';
import { whyTexts } from '../../texts/en/why.ts';
import { t } from '../../texts/texts.ts';
import { StateBadge } from '../../ui/badge.tsx';
import { Time } from '../../ui/time.tsx';
import { LeaseTrail } from './lease-trail.tsx';
import { OpenNow } from './open-now.tsx';

type Answer = NonNullable<Why['names']>[number];

/** One group's answer about a name: what decides, what comes close, what was asked, what is open. */
export function NameAnswer({ one }: { readonly one: Answer }) {
  const { group, name, verdict, rule, sentence, enforcement, nearest, leftOut } = one;
  return (
    <div className="why stack">
      <h3>
        {group}{' '}
        <StateBadge tone={verdict === 'allowed' ? 'good' : 'bad'}>
          {verdict === 'allowed' ? t.verdicts.allowed : t.verdicts.denied}
        </StateBadge>
      </h3>
      <p>{sentence}</p>
      <dl className="why-facts">
        <dt>{whyTexts.decides}</dt>
        <dd className="name">
          {rule === undefined ? whyTexts.noRule : whyTexts.rule(rule.pattern, rule.id)}
        </dd>
        <dt>{whyTexts.mode}</dt>
        <dd>{enforcement.sentence}</dd>
      </dl>
      {nearest.length === 0 ? null : (
        <div>
          <h4>{whyTexts.nearest}</h4>
          <ul className="plain">
            {nearest.map(({ id, pattern, misses }) => (
              <li key={id}>
                <code>{pattern}</code> <span className="small">{misses}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
      <Catalog one={one} />
      <OpenNow asked={{ name, group }} />
      {leftOut.length === 0 ? null : (
        <p>
          {t.why.leftOut}: <code>{leftOut.map(({ address }) => address).join(' ')}</code>
        </p>
      )}
      <LastQuestions one={one} />
      <LeaseTrail title={t.why.opened} leases={one.leases} />
    </div>
  );
}

function Catalog({ one: { catalog } }: { readonly one: Answer }) {
  return catalog === undefined ? (
    <p className="small">{whyTexts.notInCatalog}</p>
  ) : (
    <p>
      {t.why.catalog}: <strong>{catalog.title}</strong>. {catalog.why}
      {catalog.breaks === '' ? null : ` ${t.why.breaks(catalog.breaks)}`}
    </p>
  );
}

function LastQuestions({ one: { lastQueries, refusals } }: { readonly one: Answer }) {
  const refused = refusals.reduce((sum, { count }) => sum + count, 0);
  return (
    <div>
      <h4>{t.why.questions}</h4>
      {lastQueries.length === 0 ? (
        <p className="small">{t.why.noQuestions}</p>
      ) : (
        <ul className="plain">
          {lastQueries.map(({ id, at, client, type, verdict, rcode, answers }) => (
            <li key={id}>
              <Time at={at} /> · {client} · {type} ·{' '}
              {verdict === 'allowed'
                ? t.verdicts.allowed
                : verdict === 'denied'
                  ? t.verdicts.denied
                  : t.verdicts.failed}{' '}
              ({rcode}) <code>{answers.join(' ')}</code>
            </li>
          ))}
        </ul>
      )}
      {refused === 0 ? null : (
        <p className="small">{whyTexts.refusals(refused, new Set(refusals.map(({ day }) => day)).size)}</p>
      )}
    </div>
  );
}
