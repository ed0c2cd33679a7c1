import { Button } from '@mantine/core';
import { firewallTexts } from '../../texts/en/firewall.ts';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';
import { useCloseByHand, useDrop } from './change-addresses.ts';
import type { OpenAddress } from './group-leases.ts';
import { usePins } from './reads.ts';

/** What closing it means, before it is done. */
export function DropDialog({ open, onClose }: { readonly open: OpenAddress; readonly onClose: () => void }) {
  const { group, address, leases } = open;
  const drop = useDrop();
  const close = useCloseByHand();
  const byHand = leases.some(({ cause }) => cause === 'pin');
  const byList = leases.filter(({ cause }) => cause === 'feed');
  const byAnswer = leases.filter(({ cause }) => cause !== 'pin' && cause !== 'feed');
  const pins = usePins(byHand);
  const pin = pins.data?.items.find((one) => one.group === group && one.address === address);
  const isLocked = pin?.origin === 'file';
  const nothing = byAnswer.length === 0 && (pin === undefined || isLocked);
  const submit = () => {
    if (pin !== undefined && !isLocked) close.mutate(pin);
    if (byAnswer.length > 0) drop.mutate({ group, address });
    onClose();
  };
  return (
    <Dialog title={firewallTexts.dropTitle(address)} onClose={onClose}>
      <div className="stack">
        {byAnswer.length === 0 ? null : (
          <p>{firewallTexts.dropText(group, byAnswer.map(({ name }) => name).join(', '))}</p>
        )}
        {byHand && !isLocked ? <p>{firewallTexts.dropPin}</p> : null}
        {isLocked ? <p>{firewallTexts.dropLocked(pin.place ?? '')}</p> : null}
        {byList.map(({ name }) => (
          <p key={name}>{firewallTexts.dropFeed(name)}</p>
        ))}
        <p className="hint">{firewallTexts.dropStates}</p>
        <DialogActions beginsAtCancel onClose={onClose}>
          <Button color="red" disabled={nothing || (byHand && pins.isPending)} onClick={submit}>
            {firewallTexts.dropIt}
          </Button>
        </DialogActions>
      </div>
    </Dialog>
  );
}
