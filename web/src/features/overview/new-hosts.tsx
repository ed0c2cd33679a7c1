import { useHosts } from '../../api/reads.ts';
import { useMayAdminister } from '../../api/roles.ts';
import type { Status } from '../../api/types.ts';
import { t } from '../../texts/texts.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { Lock } from '../../ui/lock.tsx';
import { Section } from '../../ui/section.tsx';
import { Time } from '../../ui/time.tsx';
import { FIRST_GROUP, useChangeGroup } from './change-group.ts';

/** Hosts of no group: refused, until somebody puts them into one. */
export function NewHosts({ status: { groups } }: { readonly status: Status }) {
  const { data } = useHosts();
  const { protect } = useChangeGroup();
  const admin = useMayAdminister();
  if (data === undefined || data.items.length === 0) return null;
  const ours = groups.filter(({ place }) => place === undefined);
  const names = groups.length === 0 ? [undefined] : ours.map(({ name }) => name);
  return (
    <Section title={t.overview.newHosts}>
      {data.items.slice(0, SHOWN).map(({ address, sentence, lastAt }) => (
        <div key={address} className="card row">
          <div className="grow">
            <p>{sentence}</p>
            <p className="small">
              <Time at={lastAt} />
            </p>
            {names.length > 0 ? null : (
              <p className="small">
                <Lock /> {t.overview.protectLocked(groups.flatMap(({ place = [] }) => place).join(', '))}
              </p>
            )}
          </div>
          {admin
            ? names.map((group) => {
                const words =
                  groups.length <= 1 ? t.overview.protect : t.overview.protectIn(group ?? FIRST_GROUP);
                return (
                  <ActionButton
                    key={group ?? ''}
                    variant={names.length === 1 ? 'filled' : 'default'}
                    label={t.actions.about(words, address)}
                    onClick={() => protect.mutate({ address, group })}
                  >
                    {words}
                  </ActionButton>
                );
              })
            : null}
        </div>
      ))}
      {data.items.length > SHOWN ? (
        <p className="small">{t.overview.moreHosts(data.items.length - SHOWN)}</p>
      ) : null}
    </Section>
  );
}

const SHOWN = 10;
