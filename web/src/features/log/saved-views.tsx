import { Button, Menu, TextInput } from '@mantine/core';
import '@mantine/core/styles/Menu.css';
import { useLocalStorage } from '@mantine/hooks';
import { type FormEvent, useState } from 'react';
import { logTexts } from '../../texts/en/log.ts';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';

interface View {
  readonly name: string;
  readonly filter: string;
}

const GIVEN: readonly View[] = [
  { name: logTexts.given.refused, filter: 'verdict:denied since:1h' },
  { name: logTexts.given.failed, filter: 'verdict:failed since:24h' },
  { name: logTexts.given.tunnels, filter: 'type:TXT,SRV,HTTPS since:24h' },
];

/** Filters with a name: some that everybody wants, and those kept in this browser. */
export function SavedViews({
  filter,
  onShow,
}: {
  readonly filter: string;
  readonly onShow: (filter: string) => void;
}) {
  const [views, setViews] = useLocalStorage<readonly View[]>({
    key: 'sallyport-log-views',
    defaultValue: [],
  });
  const [isSaving, setSaving] = useState(false);
  const isKept = views.some((view) => view.filter === filter);
  return (
    <>
      <Menu position="bottom-start">
        <Menu.Target>
          <Button size="compact-sm" variant="default">
            {logTexts.views} ▾
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {[...GIVEN, ...views].map((view) => (
            <Menu.Item key={`${view.name} ${view.filter}`} onClick={() => onShow(view.filter)}>
              {view.name} <span className="small">{view.filter}</span>
            </Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item disabled={filter === '' || isKept} onClick={() => setSaving(true)}>
            {logTexts.saveView}
          </Menu.Item>
          {isKept ? (
            <Menu.Item onClick={() => setViews(views.filter((view) => view.filter !== filter))}>
              {logTexts.forgetView}
            </Menu.Item>
          ) : null}
        </Menu.Dropdown>
      </Menu>
      {isSaving ? (
        <SaveDialog
          filter={filter}
          onSave={(name) => {
            setViews([...views, { name, filter }]);
            setSaving(false);
          }}
          onClose={() => setSaving(false)}
        />
      ) : null}
    </>
  );
}

function SaveDialog({
  filter,
  onSave,
  onClose,
}: {
  readonly filter: string;
  readonly onSave: (name: string) => void;
  readonly onClose: () => void;
}) {
  const [name, setName] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() !== '') onSave(name.trim());
  };
  return (
    <Dialog title={logTexts.saveView} onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <TextInput
          label={logTexts.viewName}
          description={logTexts.viewText(filter)}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          maxLength={60}
          required
          withAsterisk={false}
          data-autofocus
        />
        <DialogActions onClose={onClose}>
          <Button type="submit">{logTexts.save}</Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
