import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { useStatus } from '../api/reads.ts';
import { basePath } from '../api/request.ts';
import { t } from '../texts/texts.ts';
import { dialogLater } from '../ui/loaded-later.tsx';
import { AccountMenu } from './account-menu.tsx';
import { FirewallAlarm } from './firewall-alarm.tsx';
import { LiveBanner } from './live-banner.tsx';
import { MoreMenu } from './more-menu.tsx';
import { ModePill, SyncPill } from './pills.tsx';
import { SCREENS } from './screens.ts';
import { useGlobalShortcuts } from './shortcuts.ts';

const ShortcutHelp = dialogLater(async () => (await import('./shortcut-help.tsx')).ShortcutHelp);
const Palette = dialogLater(async () => (await import('./palette.tsx')).Palette);

/** What is around every screen. */
export function Shell({ children }: { readonly children: ReactNode }) {
  const { data: status } = useStatus();
  const [isSearching, setSearching] = useState(false);
  const [isHelping, setHelping] = useState(false);
  useGlobalShortcuts({ onSearch: () => setSearching(true), onHelp: () => setHelping(true) });
  const waiting = status?.waitingDenials ?? 0;
  const links = SCREENS.map(({ to, title, key, onPhone }) => (
    <Link
      key={key}
      to={to}
      className={onPhone ? 'nav-link' : 'nav-link nav-link-second'}
      activeOptions={{ exact: to === '/', includeSearch: false }}
    >
      {title}
      {to === '/refused' && waiting > 0 ? (
        <span className="nav-count" title={t.nav.waiting(waiting)}>
          {waiting}
        </span>
      ) : null}
    </Link>
  ));

  return (
    <div className="shell">
      <a className="skip" href="#main">
        {t.skip}
      </a>
      <header className="header">
        <Link to="/" className="brand">
          <img src={`${basePath()}/icon.svg`} alt="" width="26" height="26" />
          <span className="wide-text">{t.product}</span>
        </Link>
        <div className="pills">
          {status === undefined ? null : (
            <>
              <ModePill groups={status.groups} />
              <SyncPill firewalls={status.firewalls} />
            </>
          )}
        </div>
        <button
          type="button"
          className="search-button"
          aria-keyshortcuts="Control+K"
          onClick={() => setSearching(true)}
        >
          <span aria-hidden="true">⌕</span>
          <span className="wide-text">{t.header.search}</span>
          <span aria-hidden="true" className="key wide-only">
            Ctrl K
          </span>
        </button>
        <AccountMenu onShortcuts={() => setHelping(true)} />
      </header>
      <nav className="nav" aria-label={t.nav.label}>
        {links}
        <MoreMenu />
      </nav>
      <main id="main" className="main" tabIndex={-1}>
        <LiveBanner />
        <FirewallAlarm firewalls={status?.firewalls ?? []} />
        {children}
      </main>
      {isSearching ? <Palette onClose={() => setSearching(false)} /> : null}
      {isHelping ? <ShortcutHelp onClose={() => setHelping(false)} /> : null}
    </div>
  );
}
