import { useMayAdminister } from '../../api/roles.ts';
import type { Firewall } from '../../api/types.ts';
import { firewallTexts } from '../../texts/en/firewall.ts';
import { t } from '../../texts/texts.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { useChangeFirewall } from './change-firewall.ts';

/** A removal so large that it may be somebody's mistake waits for a person. */
export function HeldRemovals({ firewall: { name, held } }: { readonly firewall: Firewall }) {
  const { release, drop } = useChangeFirewall(name);
  const admin = useMayAdminister();
  if (held === undefined) return null;
  return (
    <div className="banner stack">
      <strong>{firewallTexts.held}</strong>
      <span>{held.why}</span>
      <ul className="plain small held">
        {held.addresses.map(({ address, known }) => (
          <li key={address}>
            <code>{address}</code> {known}
          </li>
        ))}
      </ul>
      {admin ? (
        <div className="row">
          <ActionButton
            color="red"
            loading={release.isPending}
            label={t.actions.about(firewallTexts.release(held.removals.length), name)}
            onClick={() => release.mutate()}
          >
            {firewallTexts.release(held.removals.length)}
          </ActionButton>
          <ActionButton
            variant="default"
            loading={drop.isPending}
            label={t.actions.about(firewallTexts.drop, name)}
            onClick={() => drop.mutate()}
          >
            {firewallTexts.drop}
          </ActionButton>
        </div>
      ) : null}
    </div>
  );
}
