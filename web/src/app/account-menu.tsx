import { ActionIcon, Menu, useMantineColorScheme } from '@mantine/core';
import { useSession } from '../api/reads.ts';
import { apiUrl, request } from '../api/request.ts';
import { t } from '../texts/texts.ts';
import { useNotice } from '../ui/notices.tsx';
import { problemText } from '../ui/states.tsx';
import { useContrast } from './contrast.ts';

export function AccountMenu({ onShortcuts }: { readonly onShortcuts: () => void }) {
  const { data: session } = useSession();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [contrast, setContrast] = useContrast();
  const tell = useNotice();
  const user = session?.user ?? '';

  const signOut = async () => {
    try {
      const { location: next } = await request<{ readonly location?: string }>('DELETE', '/session');
      // Loaded anew, so that nothing of one person stays for the next.
      if (next === undefined) location.reload();
      else location.assign(next);
    } catch (error) {
      tell({ text: problemText(error), kind: 'problem' });
    }
  };

  return (
    <Menu position="bottom-end" width={230} shadow="md">
      <Menu.Target>
        <ActionIcon variant="default" size="lg" aria-label={t.header.account(user)}>
          <span aria-hidden="true">{user.slice(0, 1).toUpperCase()}</span>
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t.header.theme}</Menu.Label>
        {(['auto', 'light', 'dark'] as const).map((scheme) => (
          <Menu.Item
            key={scheme}
            leftSection={<Tick on={colorScheme === scheme} />}
            closeMenuOnClick={false}
            onClick={() => setColorScheme(scheme)}
          >
            {t.header.themes[scheme]}
          </Menu.Item>
        ))}
        <Menu.Item
          leftSection={<Tick on={contrast} />}
          closeMenuOnClick={false}
          onClick={() => setContrast(!contrast)}
        >
          {t.header.contrast}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item onClick={onShortcuts}>{t.header.shortcuts}</Menu.Item>
        <Menu.Item component="a" href={apiUrl('/docs')}>
          {t.header.api}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Label>{user}</Menu.Label>
        <Menu.Item onClick={() => void signOut()}>{t.header.signOut}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function Tick({ on }: { readonly on: boolean }) {
  return (
    <span aria-hidden="true" className="tick">
      {on ? '✓' : ''}
    </span>
  );
}
