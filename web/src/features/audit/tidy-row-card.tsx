import { Checkbox } from '@mantine/core';
import { useMayAdminister } from '../../api/roles.ts';
import { domainsTexts } from '../../texts/en/domains.ts';
import { hygieneTexts } from '../../texts/en/hygiene.ts';
import { t } from '../../texts/texts.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { Echoed } from '../../ui/echoed.tsx';
import { Lock } from '../../ui/lock.tsx';
import { Time } from '../../ui/time.tsx';
import { isRemovable, type TidyRow } from './tidy-rows.ts';
import { useRemedy } from './use-remedy.ts';

/** One rule: what it is, who made it when and why, how it was used, and what is proposed. */
export function TidyRowCard({
  row,
  isSelected,
  onSelect,
}: {
  readonly row: TidyRow;
  readonly isSelected: boolean;
  readonly onSelect: (on: boolean) => void;
}) {
  const { group, pattern, rule, use, finding } = row;
  const admin = useMayAdminister();
  return (
    <li className="card tidy-row">
      {admin ? (
        <Checkbox
          checked={isSelected}
          disabled={!isRemovable(row)}
          aria-label={hygieneTexts.select(pattern)}
          onChange={(event) => onSelect(event.currentTarget.checked)}
        />
      ) : null}
      <div className="tidy-what">
        <p>
          <strong className="name">
            {rule?.action === 'deny' || finding?.again?.action === 'deny' ? `${domainsTexts.deny} ` : ''}
            {pattern}
          </strong>{' '}
          <span className="small">{group}</span>
        </p>
        {rule === undefined ? null : (
          <p className="small">
            {rule.place === undefined ? null : (
              <>
                <Lock /> {domainsTexts.managed(rule.place)}{' '}
              </>
            )}
            {rule.createdBy}, <Time at={rule.createdAt} /> ·{' '}
            {rule.note === '' ? <em>{hygieneTexts.noNote}</em> : <Echoed text={rule.note} />}
          </p>
        )}
        {use === undefined ? null : (
          <p className="small">
            {use.uses === 0 ? (
              hygieneTexts.never
            ) : (
              <>
                {hygieneTexts.times(use.uses)}
                {use.lastAt === undefined ? null : (
                  <>
                    , {hygieneTexts.last} <Time at={use.lastAt} />
                  </>
                )}
              </>
            )}
          </p>
        )}
        {finding === undefined ? null : <p>{finding.sentence}</p>}
      </div>
      {admin ? <Remedy row={row} /> : null}
    </li>
  );
}

/** Of what is not removed but made right: a name for good, or the one name instead of the wildcard. */
function Remedy({ row }: { readonly row: TidyRow }) {
  const { promote, narrow } = useRemedy(row.group);
  const { finding, rule } = row;
  if (finding?.again !== undefined) {
    const { again } = finding;
    return (
      <ActionButton
        variant="default"
        loading={promote.isPending}
        label={t.actions.about(hygieneTexts.promote, again.pattern)}
        onClick={() => promote.mutate(again)}
      >
        {hygieneTexts.promote}
      </ActionButton>
    );
  }
  const name = finding?.suggested;
  if (name === undefined || rule === undefined || !isRemovable(row)) return null;
  return (
    <ActionButton
      variant="default"
      loading={narrow.isPending}
      label={hygieneTexts.narrow(name)}
      onClick={() => narrow.mutate({ rule, name })}
    >
      {hygieneTexts.narrow(name)}
    </ActionButton>
  );
}
