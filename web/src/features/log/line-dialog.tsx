import { Link } from '@tanstack/react-router';
import { tookTime } from '../../lib/format-time.ts';
import { logTexts } from '../../texts/en/log.ts';
import { t } from '../../texts/texts.ts';
import { StateBadge, type Tone } from '../../ui/badge.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Fact } from '../../ui/fact.tsx';
import { LoadingRows, ProblemCard } from '../../ui/states.tsx';
import type { Line } from './lines.ts';
import { useWhyThen } from './reads.ts';

const TONES: Readonly<Record<Line['verdict'], Tone>> = { allowed: 'good', denied: 'bad', failed: 'warn' };

/** How one question was decided, from the rule to the firewall. */
export function LineDialog({
  line,
  isWaiting,
  onClose,
}: {
  readonly line: Line;
  /** It waits under Refused for somebody like whoever looks at it. */
  readonly isWaiting: boolean;
  readonly onClose: () => void;
}) {
  const { name, type, client, group, verdict, reason, rule, rcode, source, durationMs, answers, at, count } =
    line;
  return (
    <Dialog wide title={logTexts.lineTitle(name, type)} onClose={onClose}>
      <div className="stack">
        <dl className="facts trace">
          <Fact term={logTexts.columns.time}>{new Date(at).toLocaleString()}</Fact>
          <Fact term={logTexts.columns.client}>
            {client}
            {group === undefined ? ` (${logTexts.noGroup})` : ` (${group})`}
          </Fact>
          <Fact term={logTexts.columns.verdict}>
            <StateBadge tone={TONES[verdict]}>{t.verdicts[verdict]}</StateBadge>
          </Fact>
          <Fact term={logTexts.because}>
            {logTexts.reasons[reason as keyof typeof logTexts.reasons] ?? reason}
          </Fact>
          <Fact term={logTexts.rule}>
            {rule === undefined ? (
              logTexts.noRule
            ) : (
              <Link to="/domains" search={{ filter: rule.pattern }}>
                {rule.action === 'allow' ? logTexts.allow : logTexts.deny} {rule.pattern}
              </Link>
            )}
          </Fact>
          <Fact term={logTexts.from}>
            {logTexts.sources[source as keyof typeof logTexts.sources] ?? source}
          </Fact>
          <Fact term={logTexts.told}>
            {rcode}
            {answers.length === 0 ? null : <code className="name"> {answers.join(' ')}</code>}
          </Fact>
          <Fact term={logTexts.took}>{tookTime(durationMs)}</Fact>
          {count === 1 ? null : <Fact term={logTexts.repeated}>{t.refused.count(count)}</Fact>}
        </dl>
        {reason === 'deny-rule' && rule !== undefined ? (
          <p>
            {logTexts.ruleRefuses}{' '}
            <Link to="/domains" search={{ filter: rule.pattern }}>
              {logTexts.toRule(rule.pattern)}
            </Link>
          </p>
        ) : null}
        {isWaiting ? (
          <p>
            <Link to="/refused" search={{ filter: name }}>
              {logTexts.toRefused}
            </Link>
          </p>
        ) : null}
        {group === undefined ? null : <Then line={line} />}
      </div>
    </Dialog>
  );
}

/** What the answer led to: the chain, its time to live, and when each firewall was read to hold it. */
function Then({ line }: { readonly line: Line }) {
  const { data, error, refetch } = useWhyThen(line);
  if (data === undefined) {
    return error === null ? (
      <LoadingRows rows={2} />
    ) : (
      <ProblemCard error={error} onRetry={() => void refetch()} />
    );
  }
  const [then] = data.names ?? [];
  if (then === undefined) return null;
  return (
    <>
      <p>{then.sentence}</p>
      {then.leases.length === 0 ? null : <h3>{logTexts.opened}</h3>}
      <ul className="plain stack">
        {then.leases.slice(0, MOST).map(({ address, startedAt, answer, pushes, next }) => (
          <li key={`${address} ${startedAt}`}>
            <code>{address}</code>
            {answer === undefined ? null : (
              <div className="small">
                {logTexts.answer(answer.upstream, answer.ttlS)}
                {answer.chain.length === 0 ? null : ` · ${answer.chain.join(' → ')}`}
              </div>
            )}
            {pushes.map(({ firewall, change, at, confirmedAt }) => (
              <div key={`${firewall} ${change} ${at}`} className="small">
                {logTexts.pushed(
                  firewall,
                  logTexts.changes[change],
                  confirmedAt === undefined
                    ? undefined
                    : tookTime(Math.max(Date.parse(confirmedAt) - Date.parse(startedAt), 0)),
                )}
              </div>
            ))}
            <div className="small">{next}</div>
          </li>
        ))}
      </ul>
    </>
  );
}

/** Addresses of one name at one time. */
const MOST = 10;
