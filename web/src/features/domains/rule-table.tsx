import { Checkbox } from '@mantine/core';
import { useState } from 'react';
import { useMayAdminister } from '../../api/roles.ts';
import type { RuleView } from '../../api/types.ts';
import { t } from '../../texts/texts.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { StateBadge } from '../../ui/badge.tsx';
import { useCountdown } from '../../ui/time.tsx';
import { VirtualTable } from '../../ui/virtual-table.tsx';
import { RuleDialog } from './rule-dialog.tsx';
import { isLocked, riskOf } from './select-rules.ts';

export function RuleTable({
  rules,
  selected,
  onSelect,
}: {
  readonly rules: readonly RuleView[];
  readonly selected: ReadonlySet<number>;
  readonly onSelect: (id: number, on: boolean) => void;
}) {
  const [opened, setOpened] = useState<number>();
  const admin = useMayAdminister();
  const rule = rules.find(({ id }) => id === opened);
  return (
    <>
      <VirtualTable
        label={t.domains.title}
        rows={rules}
        keyOf={({ id }) => id}
        columns={[
          {
            title: t.domains.columns.name,
            width: 'minmax(20ch, 1.3fr)',
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
                <Pattern rule={one} />
              </span>
            ),
          },
          { title: t.domains.columns.group, width: '10ch', cell: ({ group }) => group },
          { title: t.domains.columns.state, width: '13ch', cell: (one) => <State rule={one} /> },
          { title: t.domains.columns.origin, width: '18ch', cell: (one) => <Origin rule={one} /> },
          {
            title: t.domains.columns.note,
            width: 'minmax(12ch, 1fr)',
            cell: ({ note }) => <span className="small clamped">{note}</span>,
          },
          {
            title: t.domains.details,
            width: '9ch',
            cell: ({ id, pattern }) => (
              <ActionButton
                variant="subtle"
                label={t.actions.about(t.domains.details, pattern)}
                onClick={() => setOpened(id)}
              >
                {t.domains.details}
              </ActionButton>
            ),
          },
        ]}
      />
      {rule === undefined ? null : <RuleDialog rule={rule} onClose={() => setOpened(undefined)} />}
    </>
  );
}

function Pattern({ rule: { action, pattern } }: { readonly rule: RuleView }) {
  return (
    <span className="name">
      <span className={action === 'deny' ? 'problem-text' : 'good-text'} aria-hidden="true">
        {action === 'deny' ? '✕' : '✓'}
      </span>
      <span className="unseen">{action === 'deny' ? t.domains.deny : t.domains.allow} </span> {pattern}{' '}
      {action === 'allow' && riskOf(pattern) !== undefined ? (
        <span className="badge badge-warn">!</span>
      ) : null}
    </span>
  );
}

function State({ rule: { expiresAt } }: { readonly rule: RuleView }) {
  const left = useCountdown(expiresAt);
  return expiresAt === undefined ? (
    <span className="small">{t.domains.permanent}</span>
  ) : (
    <StateBadge tone="soft">{t.domains.temporary(left)}</StateBadge>
  );
}

function Origin({ rule: { origin, preset, place, createdBy } }: { readonly rule: RuleView }) {
  const text =
    place ??
    (preset === undefined
      ? origin === 'person'
        ? createdBy
        : t.domains.origins[origin]
      : t.domains.preset(preset));
  return <span className="small">{text}</span>;
}
