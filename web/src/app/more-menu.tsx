import { Menu } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { t } from '../texts/texts.ts';
import { SCREENS } from './screens.ts';

/** On a phone: the screens there is no room for in the bar. */
export function MoreMenu() {
  const navigate = useNavigate();
  return (
    <Menu position="top-end" width={180}>
      <Menu.Target>
        <button type="button" className="nav-link nav-button phone-menu">
          {t.nav.more}
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {SCREENS.filter(({ onPhone }) => !onPhone).map(({ to, title }) => (
          <Menu.Item key={to} onClick={() => void navigate({ to })}>
            {title}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
