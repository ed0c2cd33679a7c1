import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { request } from '../../api/request.ts';
import { useMayAdminister } from '../../api/roles.ts';
import type { DoctorsList, Firewall } from '../../api/types.ts';
import { countdown, roughSpan } from '../../lib/format-time.ts';
import { firewallTexts } from '../../texts/en/firewall.ts';
import { t } from '../../texts/texts.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { LoadingRows, ProblemCard } from '../../ui/states.tsx';
import { useNow } from '../../ui/time.tsx';
import { useChangeFirewall } from './change-firewall.ts';
import { CheckList } from './check-list.tsx';

/** What holds and what does not while a firewall does not answer, and what to do about it. */
export function Unreachable({
  firewall: { name, alias, since, lastError = '', retryAt },
}: {
  readonly firewall: Firewall;
}) {
  const now = useNow();
  const { sync } = useChangeFirewall(name);
  const [isChecking, setChecking] = useState(false);
  const admin = useMayAdminister();
  const left = retryAt === undefined ? 0 : Date.parse(retryAt) - now;
  return (
    <div className="banner stack">
      <span>
        {firewallTexts.unreachable(name, roughSpan(Math.max(now - Date.parse(since), 0)), lastError)}
      </span>
      <span>{firewallTexts.meanwhile(alias)}</span>
      <span>{left > 0 ? firewallTexts.nextTryIn(countdown(left)) : firewallTexts.tryingNow}</span>
      {admin ? (
        <div className="row">
          <ActionButton
            loading={sync.isPending}
            label={t.actions.about(firewallTexts.tryNow, name)}
            onClick={() => sync.mutate()}
          >
            {firewallTexts.tryNow}
          </ActionButton>
          <ActionButton
            variant="default"
            label={t.actions.about(firewallTexts.whatToCheck, name)}
            onClick={() => setChecking(true)}
          >
            {firewallTexts.whatToCheck}
          </ActionButton>
        </div>
      ) : null}
      {isChecking ? <WhatToCheck name={name} onClose={() => setChecking(false)} /> : null}
    </div>
  );
}

function WhatToCheck({ name, onClose }: { readonly name: string; readonly onClose: () => void }) {
  const { data, error, refetch } = useQuery({
    queryKey: ['doctor', name],
    queryFn: () => request<DoctorsList>('POST', '/doctor', { firewall: name }),
    gcTime: 0,
    retry: false,
  });
  return (
    <Dialog wide title={firewallTexts.whatToCheckTitle(name)} onClose={onClose}>
      {data === undefined && error === null ? <LoadingRows /> : null}
      {error === null ? null : <ProblemCard error={error} onRetry={() => void refetch()} />}
      {data === undefined ? null : (
        <CheckList checks={data.items.toSorted((a, b) => RANK[a.result] - RANK[b.result])} />
      )}
    </Dialog>
  );
}

/** What is wrong comes first. */
const RANK = { failed: 0, unknown: 1, ok: 2, skipped: 3 } as const;
