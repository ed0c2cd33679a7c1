import { TextInput } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { useStatus } from '../../api/reads.ts';
import { useMayAdminister } from '../../api/roles.ts';
import { configurationTexts } from '../../texts/en/configuration.ts';
import { settingsTexts } from '../../texts/en/settings.ts';
import { useTitle } from '../../ui/page-title.ts';
import { Section } from '../../ui/section.tsx';
import { Empty, LoadingRows, ProblemCard } from '../../ui/states.tsx';
import { AboutSection } from './about.tsx';
import { AccountSection } from './account.tsx';
import { AllSettings, isAbout } from './all-settings.tsx';
import { BackupSection } from './backups.tsx';
import { BrowserSettings } from './browser-settings.tsx';
import { ConfigurationFile } from './configuration-file.tsx';
import { DnsSection } from './dns-settings.tsx';
import { useSettings } from './reads.ts';
import { SessionsSection } from './sessions.tsx';
import './settings.css';
import { TokensSection } from './tokens.tsx';
import { UsersSection } from './users.tsx';

interface Part {
  readonly name: string;
  /** What it can be found by, besides its name. */
  readonly words: string;
  readonly shown: ReactNode;
}

/** Who may do what, what is set and by whom, copies, and what is kept in this browser. */
export function SettingsScreen() {
  useTitle(settingsTexts.title);
  const { data: status, error, refetch } = useStatus();
  const admin = useMayAdminister();
  const { data: settings } = useSettings(admin);
  const [text, setText] = useState('');
  const wanted = text.trim().toLowerCase();
  const texts = settingsTexts;
  const parts: readonly Part[] = [
    part(texts.account, <AccountSection key="account" />),
    ...(admin ? [part(texts.users, <UsersSection key="users" />)] : []),
    part(texts.sessions, <SessionsSection key="sessions" />),
    ...(admin
      ? [
          part(texts.tokens, <TokensSection key="tokens" />),
          part(texts.backup, <BackupSection key="backup" />),
        ]
      : []),
    ...(status === undefined
      ? []
      : [
          {
            name: texts.dns,
            words: `${texts.listeners} ${texts.upstreams}`,
            shown: <DnsSection key="dns" status={status} />,
          },
          {
            name: configurationTexts.file,
            words: `${configurationTexts.drift} ${configurationTexts.export} yaml`,
            shown: <ConfigurationFile key="file" configuration={status.configuration} />,
          },
        ]),
    {
      name: texts.appearance,
      words: `theme dark light contrast ${texts.keyboard}`,
      shown: <BrowserSettings key="browser" />,
    },
    ...(admin ? [{ name: texts.setUp, words: texts.setUpText, shown: <SetUpAgain key="set-up" /> }] : []),
    ...(status === undefined
      ? []
      : [
          {
            name: texts.about,
            words: `${texts.version} ${texts.schema}`,
            shown: <AboutSection key="about" status={status} />,
          },
        ]),
  ];
  const shown = parts.filter(({ name, words }) => `${name} ${words}`.toLowerCase().includes(wanted));
  const hasSetting = settings?.items.some((setting) => isAbout(setting, wanted)) === true;
  return (
    <div className="settings">
      <h1>{settingsTexts.title}</h1>
      <TextInput
        type="search"
        className="filter"
        aria-label={settingsTexts.search}
        placeholder={settingsTexts.search}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      {status === undefined && error === null ? <LoadingRows rows={3} /> : null}
      {status === undefined && error !== null ? (
        <ProblemCard error={error} onRetry={() => void refetch()} />
      ) : null}
      {wanted !== '' && admin ? <AllSettings text={wanted} /> : null}
      {shown.map((one) => one.shown)}
      {wanted === '' && admin ? <AllSettings text="" /> : null}
      {shown.length === 0 && !hasSetting ? <Empty title={settingsTexts.noMatch(text)} /> : null}
    </div>
  );
}

/** Found by everything it says. */
function part(texts: { readonly title: string }, shown: ReactNode): Part {
  const words = Object.values(texts).filter((one): one is string => typeof one === 'string');
  return { name: texts.title, words: words.join(' '), shown };
}

function SetUpAgain() {
  return (
    <Section title={settingsTexts.setUp}>
      <div className="card stack">
        <p>{settingsTexts.setUpText}</p>
        <p>
          <Link to="/setup" search={{ step: 'admin' }}>
            {settingsTexts.setUpAgain}
          </Link>
        </p>
      </div>
    </Section>
  );
}
