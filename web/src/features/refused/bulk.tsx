import { Checkbox } from '@mantine/core';
import type { Denial } from '../../api/types.ts';
import { t } from '../../texts/texts.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { useAllowMany, useMuteMany } from './decide-many.ts';

/** What can be done about all that is selected. */
export function Bulk({
  chosen,
  visible,
  onSelect,
}: {
  readonly chosen: readonly Denial[];
  readonly visible: readonly Denial[];
  readonly onSelect: (ids: readonly number[]) => void;
}) {
  const [allow, mute] = [useAllowMany(), useMuteMany()];
  const all = (act: (denials: readonly Denial[]) => void) => {
    act(chosen);
    onSelect([]);
  };
  return (
    <div className="bulk">
      <Checkbox
        label={chosen.length === 0 ? t.refused.selectAll : t.refused.selected(chosen.length)}
        checked={chosen.length > 0 && chosen.length === visible.length}
        indeterminate={chosen.length > 0 && chosen.length < visible.length}
        onChange={(event) => onSelect(event.currentTarget.checked ? visible.map(({ id }) => id) : [])}
      />
      {chosen.length === 0 ? null : (
        <>
          <ActionButton
            label={t.actions.about(t.refused.allowSelected, t.refused.selected(chosen.length))}
            onClick={() => all(allow.mutate)}
          >
            {t.refused.allowSelected}
          </ActionButton>
          <ActionButton
            variant="default"
            label={t.actions.about(t.refused.muteSelected, t.refused.selected(chosen.length))}
            onClick={() => all(mute.mutate)}
          >
            {t.refused.muteSelected}
          </ActionButton>
        </>
      )}
    </div>
  );
}
