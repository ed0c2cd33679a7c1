import { Button } from '@mantine/core';
import { useDenials } from '../../api/reads.ts';
import type { Group } from '../../api/types.ts';
import { t } from '../../texts/texts.ts';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';
import { useChangeGroup } from './change-group.ts';

/** Enforcing and learning, with what the change means before it is made. */
export function ModeDialog({ group, onClose }: { readonly group: Group; readonly onClose: () => void }) {
  const { setMode } = useChangeGroup();
  const { data: waiting } = useDenials({ state: 'waiting', group: group.name, limit: 1 });
  const toEnforce = group.mode === 'learn';
  const title = toEnforce ? t.overview.toEnforce : t.overview.toLearn;
  return (
    <Dialog title={t.actions.about(title, group.name)} onClose={onClose}>
      <div className="stack">
        <p>{toEnforce ? t.overview.toEnforceText : t.overview.toLearnText}</p>
        {toEnforce && waiting !== undefined ? <p>{t.overview.toEnforceOpen(waiting.total)}</p> : null}
        <DialogActions onClose={onClose}>
          <Button
            onClick={() => {
              setMode.mutate({ group, mode: toEnforce ? 'enforce' : 'learn' });
              onClose();
            }}
          >
            {title}
          </Button>
        </DialogActions>
      </div>
    </Dialog>
  );
}
