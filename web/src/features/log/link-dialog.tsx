import { TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import { logTexts } from '../../texts/en/log.ts';
import { Dialog } from '../../ui/dialog.tsx';

/** The address of what is shown; copied where the browser allows that, which is over https and on this machine. */
export function LinkDialog({ onClose }: { readonly onClose: () => void }) {
  const [isCopied, setCopied] = useState(false);
  const link = window.location.href;
  useEffect(() => {
    if (!window.isSecureContext) return;
    navigator.clipboard.writeText(link).then(
      () => setCopied(true),
      // It stands there to be copied by hand.
      () => setCopied(false),
    );
  }, [link]);
  return (
    <Dialog title={logTexts.linkTitle} onClose={onClose}>
      <TextInput
        label={logTexts.linkText}
        value={link}
        readOnly
        onFocus={(event) => event.currentTarget.select()}
        data-autofocus
      />
      <p className="small" role="status">
        {isCopied ? `✓ ${logTexts.copied}` : ''}
      </p>
    </Dialog>
  );
}
