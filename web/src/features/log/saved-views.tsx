import { Button, Menu } from '@mantine/core';
import '@mantine/core/styles/Menu.css';
import { useLocalStorage } from '@mantine/hooks';
import { useState } from 'react';
import { logTexts } from '../../texts/en/log.ts';
import { NameDialog } from '../../ui/name-dialog.tsx';

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
        <NameDialog
          title={logTexts.saveView}
          description={logTexts.viewText(filter)}
          maxLength={60}
          onName={(name) => setViews([...views, { name, filter }])}
          onClose={() => setSaving(false)}
        />
      ) : null}
    </>
  );
}
