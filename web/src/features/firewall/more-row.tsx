import { firewallTexts } from '../../texts/en/firewall.ts';
import { ActionButton } from '../../ui/action-button.tsx';

/** Below a list that goes on. */
export function MoreRow({ loading, onMore }: { readonly loading: boolean; readonly onMore: () => void }) {
  return (
    <div className="row more">
      <ActionButton variant="default" loading={loading} label={firewallTexts.more} onClick={onMore}>
        {firewallTexts.more}
      </ActionButton>
    </div>
  );
}
