import { useMutation, useQueryClient } from '@tanstack/react-query';
import { KEYS } from '../../api/reads.ts';
import { request } from '../../api/request.ts';
import type { Dropped, PinChanged, Pinned } from '../../api/types.ts';
import { firewallTexts } from '../../texts/en/firewall.ts';
import { useNotice } from '../../ui/notices.tsx';
import { problemText } from '../../ui/states.tsx';

interface NewPin {
  readonly group: string;
  readonly address: string;
  readonly for: string;
  readonly note: string;
}

/** Opens addresses by hand, one after the other; each is an entry of the audit and can be taken back. */
export function useOpenByHand() {
  const { done, failed } = useAfterwards();
  return useMutation({
    async mutationFn(pins: readonly NewPin[]) {
      const opened: Pinned[] = [];
      for (const pin of pins) opened.push((await request<PinChanged>('POST', '/addresses', pin)).address);
      return opened;
    },
    onSuccess: (opened) =>
      done(firewallTexts.opened(opened.map(({ address }) => address).join(', ')), () =>
        takeBack(opened).then(() => done(firewallTexts.closed), failed),
      ),
  });
}

export function useCloseByHand() {
  const { done, failed } = useAfterwards();
  return useMutation({
    mutationFn: (pin: Pinned) => takeBack([pin]),
    onSuccess: (_, { group, address, note, until }) =>
      done(firewallTexts.closedAddress(address), () =>
        request('POST', '/addresses', {
          group,
          address,
          note,
          ...(until === undefined ? {} : { until }),
        }).then(() => done(firewallTexts.opened(address)), failed),
      ),
    onError: failed,
  });
}

/** Closes what answers have open; asked again, an allowed name opens it again. */
export function useDrop() {
  const { done, failed } = useAfterwards();
  return useMutation({
    mutationFn: (what: { readonly group: string; readonly address: string }) =>
      request<Dropped>('POST', '/leases/drop', what),
    onSuccess: ({ effect }, { address }) =>
      done(
        effect.staysOpen.length === 0
          ? firewallTexts.droppedAddress(address)
          : firewallTexts.droppedStays(address, effect.staysOpen.map(({ name }) => name).join(', ')),
      ),
    onError: failed,
  });
}

async function takeBack(pins: readonly Pinned[]): Promise<void> {
  for (const { id } of pins) await request('DELETE', `/addresses/${id}`);
}

function useAfterwards() {
  const cache = useQueryClient();
  const tell = useNotice();
  return {
    done(text: string, undo?: () => void) {
      for (const key of ['leases', 'status', 'audit', 'drift', 'addresses', 'runs'] as const)
        void cache.invalidateQueries({ queryKey: KEYS[key] });
      tell({ text, ...(undo === undefined ? {} : { undo }) });
    },
    failed: (error: unknown) => tell({ text: problemText(error), kind: 'problem' }),
  };
}
