import { Button, NativeSelect, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { firewallTexts } from '../../texts/en/firewall.ts';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';
import { problemText } from '../../ui/states.tsx';
import { useOpenByHand } from './change-addresses.ts';

const LIFETIMES = ['24h', '7d', 'always', '1h'] as const;

/** Opens addresses that no name leads to; `theirs`: found on a firewall, and kept because a person says so. */
export function OpenByHandDialog({
  groups,
  theirs = [],
  onClose,
}: {
  readonly groups: readonly string[];
  readonly theirs?: readonly string[];
  readonly onClose: () => void;
}) {
  const [pin, setPin] = useState({
    group: groups[0] ?? '',
    address: '',
    for: '24h' as string,
    note: theirs.length === 0 ? '' : firewallTexts.theirNote,
  });
  const open = useOpenByHand();
  const set = (change: Partial<typeof pin>) => setPin((before) => ({ ...before, ...change }));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const { address, ...rest } = pin;
    const addresses = theirs.length === 0 ? [address.trim()] : theirs;
    open.mutate(
      addresses.map((one) => ({ ...rest, address: one })),
      { onSuccess: onClose },
    );
  };
  const isTheirs = theirs.length > 0;
  return (
    <Dialog title={isTheirs ? firewallTexts.takeTheirsTitle : firewallTexts.openByHand} onClose={onClose}>
      <form onSubmit={submit} className="stack">
        <p className="small">{isTheirs ? firewallTexts.takeTheirsText : firewallTexts.openByHandText}</p>
        {isTheirs ? (
          <code className="their-addresses">{theirs.join(' ')}</code>
        ) : (
          <TextInput
            label={firewallTexts.address}
            value={pin.address}
            onChange={(event) => set({ address: event.currentTarget.value })}
            autoComplete="off"
            spellCheck={false}
            required
            withAsterisk={false}
            data-autofocus
          />
        )}
        <div className="row">
          <NativeSelect
            label={firewallTexts.forGroup}
            value={pin.group}
            onChange={(event) => set({ group: event.currentTarget.value })}
            data={[...groups]}
          />
          <NativeSelect
            label={firewallTexts.lifetime}
            value={pin.for}
            onChange={(event) => set({ for: event.currentTarget.value })}
            data={LIFETIMES.map((value) => ({ value, label: firewallTexts.lifetimes[value] }))}
          />
        </div>
        <TextInput
          label={firewallTexts.note}
          placeholder={firewallTexts.notePlaceholder}
          value={pin.note}
          onChange={(event) => set({ note: event.currentTarget.value })}
          maxLength={500}
        />
        {open.error === null ? null : (
          <p className="problem-text" role="alert">
            {problemText(open.error)}
          </p>
        )}
        <DialogActions onClose={onClose}>
          <Button type="submit" loading={open.isPending}>
            {isTheirs ? firewallTexts.keepOpen(theirs.length) : firewallTexts.openIt}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
