import { Checkbox, Menu } from '@mantine/core';
import { useState } from 'react';
import { useMayAdminister } from '../../api/roles.ts';
import type { Group, RuleView } from '../../api/types.ts';
import { domainsTexts } from '../../texts/en/domains.ts';
import { t } from '../../texts/texts.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { AddDialog } from './add-dialog.tsx';
import { useExtendRules } from './change-rules.ts';
import { EndDialog } from './end-dialog.tsx';
import { EXPORTS, exportRules } from './export-rules.ts';
import { PasteDialog } from './paste-dialog.tsx';
import { isLocked } from './select-rules.ts';

/** What can be done with the rules that are chosen, and with the list. */
export function RuleToolbar({
  chosen,
  shown,
  all,
  groups,
  group,
  onSelect,
}: {
  readonly chosen: readonly RuleView[];
  readonly shown: readonly RuleView[];
  readonly all: number;
  readonly groups: readonly Group[];
  readonly group: string | undefined;
  readonly onSelect: (ids: readonly number[]) => void;
}) {
  const [dialog, setDialog] = useState<'add' | 'paste' | 'end'>();
  const close = () => setDialog(undefined);
  const selectable = shown.filter((rule) => !isLocked(rule));
  const admin = useMayAdminister();
  return (
    <div className="bulk">
      {admin ? (
        <Checkbox
          label={
            chosen.length === 0 ? domainsTexts.count(shown.length, all) : t.refused.selected(chosen.length)
          }
          disabled={selectable.length === 0}
          checked={chosen.length > 0 && chosen.length === selectable.length}
          indeterminate={chosen.length > 0 && chosen.length < selectable.length}
          onChange={(event) => onSelect(event.currentTarget.checked ? selectable.map(({ id }) => id) : [])}
        />
      ) : (
        <span className="small">{domainsTexts.count(shown.length, all)}</span>
      )}
      {admin && chosen.length > 0 ? (
        <>
          <ActionButton
            color="red"
            label={domainsTexts.endSelected(chosen.length)}
            onClick={() => setDialog('end')}
          >
            {domainsTexts.endSelected(chosen.length)}
          </ActionButton>
          <ExtendMenu rules={chosen} onDone={() => onSelect([])} />
        </>
      ) : null}
      <span className="end row">
        {shown.length === 0 ? null : <ExportMenu rules={chosen.length === 0 ? shown : chosen} />}
        {admin ? (
          <>
            <ActionButton
              variant="default"
              label={domainsTexts.paste}
              disabled={groups.length === 0}
              onClick={() => setDialog('paste')}
            >
              {domainsTexts.paste}
            </ActionButton>
            <ActionButton
              label={domainsTexts.add}
              disabled={groups.length === 0}
              onClick={() => setDialog('add')}
            >
              {domainsTexts.add}
            </ActionButton>
          </>
        ) : null}
      </span>
      {dialog === 'add' ? <AddDialog groups={groups} group={group} onClose={close} /> : null}
      {dialog === 'paste' ? <PasteDialog groups={groups} group={group} onClose={close} /> : null}
      {dialog === 'end' ? <EndDialog rules={chosen} onClose={close} onDone={() => onSelect([])} /> : null}
    </div>
  );
}

function ExtendMenu({ rules, onDone }: { readonly rules: readonly RuleView[]; readonly onDone: () => void }) {
  const forever = useExtendRules(undefined);
  const hour = useExtendRules(1);
  const day = useExtendRules(24);
  const week = useExtendRules(7 * 24);
  const choices = [
    ['always', forever],
    ['1h', hour],
    ['24h', day],
    ['7d', week],
  ] as const;
  const busy = choices.find(([, { isPending }]) => isPending)?.[1];
  return (
    <Menu>
      <Menu.Target>
        <ActionButton
          variant="default"
          loading={busy !== undefined && rules.length <= 1000}
          label={domainsTexts.keepSelected}
        >
          {busy === undefined ? domainsTexts.keepSelected : domainsTexts.progress(busy.done, rules.length)}
        </ActionButton>
      </Menu.Target>
      <Menu.Dropdown>
        {choices.map(([time, { mutate }]) => (
          <Menu.Item key={time} onClick={() => mutate(rules, { onSuccess: onDone })}>
            {domainsTexts.keepUntil[time]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function ExportMenu({ rules }: { readonly rules: readonly RuleView[] }) {
  return (
    <Menu>
      <Menu.Target>
        <ActionButton variant="default" label={domainsTexts.exportSelected(rules.length)}>
          {domainsTexts.exportSelected(rules.length)}
        </ActionButton>
      </Menu.Target>
      <Menu.Dropdown>
        {EXPORTS.map((kind) => (
          <Menu.Item key={kind} onClick={() => exportRules(rules, kind)}>
            {domainsTexts.exportAs[kind]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
