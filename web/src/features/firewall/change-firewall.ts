import { useMutation, useQueryClient } from '@tanstack/react-query';
import { KEYS } from '../../api/reads.ts';
import { request } from '../../api/request.ts';
import type { FirewallChanged, FirewallPlanned, FirewallSynced } from '../../api/types.ts';
import { firewallTexts } from '../../texts/en/firewall.ts';
import { useNotice } from '../../ui/notices.tsx';
import { problemText } from '../../ui/states.tsx';

export function useChangeFirewall(name: string) {
  const cache = useQueryClient();
  const tell = useNotice();
  const path = `/firewalls/${encodeURIComponent(name)}`;
  const after = {
    onError: (error: unknown) => tell({ text: problemText(error), kind: 'problem' }),
    onSettled() {
      for (const key of ['status', 'leases', 'audit'] as const) {
        void cache.invalidateQueries({ queryKey: KEYS[key] });
      }
    },
  } as const;
  return {
    sync: useMutation({
      mutationFn: () => request<FirewallSynced>('POST', `${path}/sync`, {}),
      onSuccess: ({ run }) =>
        tell({
          text: `${firewallTexts.synced(name)} (${firewallTexts.outcomes[run.outcome]}). ${run.detail}`,
          ...(run.outcome === 'failed' ? { kind: 'problem' } : {}),
        }),
      ...after,
    }),
    plan: useMutation({
      mutationFn: () => request<FirewallPlanned>('POST', `${path}/plan`, {}),
      ...after,
    }),
    release: useMutation({
      mutationFn: () => request<FirewallSynced>('POST', `${path}/release`, {}),
      onSuccess: ({ run }) =>
        tell({ text: `${name}: ${firewallTexts.outcomes[run.outcome]}. ${run.detail}` }),
      ...after,
    }),
    drop: useMutation({
      mutationFn: () => request<FirewallChanged>('POST', `${path}/drop`, {}),
      onSuccess: () => tell({ text: `${name}: ${firewallTexts.dropped}` }),
      ...after,
    }),
    examine: useMutation({
      mutationFn: () => request<FirewallChanged>('POST', `${path}/examine`, {}),
      ...after,
    }),
  };
}
