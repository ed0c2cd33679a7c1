import { Button } from '@mantine/core';
import { settingsTexts } from '../../texts/en/settings.ts';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';
import { ProblemLine } from '../../ui/states.tsx';
import { type Noun, useDialogChange } from './reads.ts';

/** Asked once, where nothing brings back what is removed. */
export function RemoveDialog({
  name,
  text,
  path,
  touches,
  onClose,
}: {
  readonly name: string;
  /** What goes with it. */
  readonly text: string;
  readonly path: string;
  readonly touches: readonly Noun[];
  readonly onClose: () => void;
}) {
  const remove = useDialogChange(...touches);
  const submit = () =>
    remove.mutate({ method: 'DELETE', path, done: settingsTexts.removed(name) }, { onSuccess: onClose });
  return (
    <Dialog title={settingsTexts.removeTitle(name)} onClose={onClose}>
      <div className="stack">
        <p>{text}</p>
        <ProblemLine error={remove.error} />
        <DialogActions beginsAtCancel onClose={onClose}>
          <Button color="red" loading={remove.isPending} onClick={submit}>
            {settingsTexts.removeIt}
          </Button>
        </DialogActions>
      </div>
    </Dialog>
  );
}
