import { useState } from 'react';
import { useMayAdminister } from '../../api/roles.ts';
import type { Group } from '../../api/types.ts';
import { hostsTexts } from '../../texts/en/hosts.ts';
import { t } from '../../texts/texts.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { Lock } from '../../ui/lock.tsx';
import { Section } from '../../ui/section.tsx';
import { Empty } from '../../ui/states.tsx';
import { PlexDirectDialog } from './plex-direct-dialog.tsx';

/** Whom the rules are for, and which names below plex.direct are answered for them. */
export function Hosts({ groups }: { readonly groups: readonly Group[] }) {
  if (groups.length === 0) return <Empty title={t.overview.noGroup}>{t.overview.noQueries}</Empty>;
  return groups.map((group) => <Host key={group.name} group={group} />);
}

function Host({ group }: { readonly group: Group }) {
  const { name, clients, presets, refuse, place, enforcement, plexDirect } = group;
  const [isFinding, setFinding] = useState(false);
  const admin = useMayAdminister();
  return (
    <Section title={name}>
      <div className="card stack">
        <p>{enforcement.sentence}</p>
        {place === undefined ? null : (
          <p className="small">
            <Lock /> {hostsTexts.locked(place)}
          </p>
        )}
        <dl className="facts">
          <Fact title={hostsTexts.clients} values={clients} none={hostsTexts.noClients} />
          <Fact title={hostsTexts.presets} values={presets} none={hostsTexts.noneShared} />
          <Fact title={hostsTexts.refuse} values={[refuse]} none="" />
        </dl>
        <h3>{hostsTexts.plexDirect}</h3>
        <p className="small">{hostsTexts.plexDirectText}</p>
        <dl className="facts">
          <Fact title={hostsTexts.hashes} values={plexDirect.hashes} none={hostsTexts.none} />
          <Fact title={hostsTexts.ownAddresses} values={plexDirect.ownAddresses} none={hostsTexts.none} />
          <Fact
            title={hostsTexts.shared}
            values={plexDirect.shared.map(({ hash, note }) => (note === '' ? hash : note))}
            none={hostsTexts.noneShared}
          />
        </dl>
        {admin ? (
          <div className="row preset-actions">
            <ActionButton
              variant="default"
              label={t.actions.about(hostsTexts.find, name)}
              onClick={() => setFinding(true)}
            >
              {hostsTexts.find}
            </ActionButton>
          </div>
        ) : null}
      </div>
      {isFinding ? <PlexDirectDialog group={group} onClose={() => setFinding(false)} /> : null}
    </Section>
  );
}

function Fact({
  title,
  values,
  none,
}: {
  readonly title: string;
  readonly values: readonly string[];
  readonly none: string;
}) {
  return (
    <div>
      <dt>{title}</dt>
      <dd className="name">{values.length === 0 ? none : values.join(', ')}</dd>
    </div>
  );
}
