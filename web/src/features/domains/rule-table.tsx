import { Checkbox } from '@mantine/core';
import { useState } from 'react';
import { useMayAdminister } from '../../api/roles.ts';
import type { NameLook, RuleView } from '../../api/types.ts';
import { domainsTexts } from '../../texts/en/domains.ts';
import { t } from '../../texts/texts.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { StateBadge } from '../../ui/badge.tsx';
import { Echoed } from '../../ui/echoed.tsx';
import { Lock } from '../../ui/lock.tsx';
import { useCountdown, useNow } from '../../ui/time.tsx';
import { VirtualTable } from '../../ui/virtual-table.tsx';
import { useNameLooks } from '../names/name-looks.ts';
import { LastUse } from './last-use.tsx';
import { RuleDialog } from './rule-dialog.tsx';
import { type RuleRisk, type RuleUse, unusedDays, useRuleRisks } from './rule-uses.ts';
import { isLocked, isWide } from './select-rules.ts';

export function RuleTable({
  rules,
  uses,
  selected,
  onSelect,
}: {
  readonly rules: readonly RuleView[];
  readonly uses: ReadonlyMap<number, RuleUse>;
  readonly selected: ReadonlySet<number>;
  readonly onSelect: (id: number, on: boolean) => void;
}) {
  const [opened, setOpened] = useState<number>();
  const admin = useMayAdminister();
  const risks = useRuleRisks();
  // A wildcard and a name in other letters can be something else than they look; of the rest the details tell.
  const looks = useNameLooks(
    rules.filter((rule) => rule.action === 'allow' && isOdd(rule)).map(({ pattern }) => pattern),
    undefined,
  );
  const rule = rules.find(({ id }) => id === opened);
  return (
    <>
      <VirtualTable
        label={domainsTexts.title}
        rows={rules}
        keyOf={({ id }) => id}
        columns={[
          {
            title: domainsTexts.columns.name,
            width: 'minmax(23ch, 1.4fr)',
            cell: (one) => (
              <span className="row row-tight">
                {admin ? (
                  <Checkbox
                    size="xs"
                    checked={selected.has(one.id)}
                    disabled={isLocked(one)}
                    aria-label={t.refused.select(one.pattern)}
                    onChange={(event) => onSelect(one.id, event.currentTarget.checked)}
                  />
                ) : null}
                <Pattern rule={one} look={looks.get(one.pattern)} risk={risks.get(one.id)} />
              </span>
            ),
          },
          { title: domainsTexts.columns.group, width: '8ch', cell: ({ group }) => group },
          { title: domainsTexts.columns.state, width: '12ch', cell: (one) => <State rule={one} /> },
          {
            title: domainsTexts.columns.used,
            width: '12ch',
            cell: (one) => <Used use={uses.get(one.id)} />,
          },
          { title: domainsTexts.columns.origin, width: '17ch', cell: (one) => <Origin rule={one} /> },
          {
            title: domainsTexts.columns.note,
            width: 'minmax(10ch, 1fr)',
            cell: ({ note }) => (
              <span className="small clamped">
                <Echoed text={note} />
              </span>
            ),
          },
          {
            title: domainsTexts.details,
            width: '9ch',
            cell: ({ id, pattern }) => (
              <ActionButton
                variant="subtle"
                label={t.actions.about(domainsTexts.details, pattern)}
                onClick={() => setOpened(id)}
              >
                {domainsTexts.details}
              </ActionButton>
            ),
          },
        ]}
      />
      {rule === undefined ? null : (
        <RuleDialog rule={rule} use={uses.get(rule.id)} onClose={() => setOpened(undefined)} />
      )}
    </>
  );
}

function isOdd({ pattern }: RuleView): boolean {
  return isWide(pattern) || pattern.includes('xn--');
}

function Pattern({
  rule: { action, pattern },
  look,
  risk,
}: {
  readonly rule: RuleView;
  readonly look: NameLook | undefined;
  readonly risk: RuleRisk | undefined;
}) {
  const others = Math.max(0, ...(risk?.worst.map((one) => one.others) ?? []));
  return (
    <span className="name">
      <span className={action === 'deny' ? 'problem-text' : 'good-text'} aria-hidden="true">
        {action === 'deny' ? '✕' : '✓'}
      </span>
      <span className="unseen">{action === 'deny' ? domainsTexts.deny : domainsTexts.allow} </span> {pattern}{' '}
      {look?.unicode === undefined ? null : <span className="small">({look.unicode}) </span>}
      {look === undefined || look.risks.length === 0 ? null : (
        <span title={look.risks.map(({ sentence }) => sentence).join(' ')}>
          <StateBadge tone="warn">{domainsTexts.risky}</StateBadge>
        </span>
      )}{' '}
      {others === 0 ? null : (
        <span title={risk?.sentence}>
          <StateBadge tone="warn">{domainsTexts.sharedBadge(others)}</StateBadge>
        </span>
      )}
    </span>
  );
}

function State({ rule: { expiresAt } }: { readonly rule: RuleView }) {
  const left = useCountdown(expiresAt);
  return expiresAt === undefined ? (
    <span className="small">{domainsTexts.permanent}</span>
  ) : (
    <StateBadge tone="soft">{domainsTexts.temporary(left)}</StateBadge>
  );
}

function Used({ use }: { readonly use: RuleUse | undefined }) {
  const days = unusedDays(use, useNow());
  if (use === undefined) return <span className="small">{domainsTexts.unknownUse}</span>;
  if (days !== undefined) return <StateBadge tone="warn">{domainsTexts.unused(days)}</StateBadge>;
  if (use.lastAt === undefined) return <span className="small">{domainsTexts.notUsedYet}</span>;
  return (
    <span className="small">
      <LastUse at={use.lastAt} />
    </span>
  );
}

function Origin({ rule: { origin, preset, place, createdBy } }: { readonly rule: RuleView }) {
  if (place !== undefined)
    return (
      <span className="small" title={domainsTexts.managed(place)}>
        <Lock /> <span className="unseen">{domainsTexts.lockedRow('')}</span>
        {place}
      </span>
    );
  const text =
    preset === undefined
      ? origin === 'person'
        ? createdBy
        : domainsTexts.origins[origin]
      : domainsTexts.preset(preset);
  return <span className="small">{text}</span>;
}
