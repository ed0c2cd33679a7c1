import { useMutation, useQueryClient } from '@tanstack/react-query';
import { KEYS } from '../../api/reads.ts';
import { request } from '../../api/request.ts';
import { useTakeBack } from '../../api/take-back.ts';
import type { Group, GroupChanged } from '../../api/types.ts';
import { useNotice } from '../../ui/notices.tsx';
import { problemText } from '../../ui/states.tsx';

/** Mode, pause and clients of the protected hosts. */
export function useChangeGroup() {
  const cache = useQueryClient();
  const tell = useNotice();
  const takeBack = useTakeBack();
  const after = {
    onSuccess({ group, entry }: GroupChanged) {
      tell({ text: `${group.name}: ${group.enforcement.sentence}.`, undo: () => void takeBack(entry) });
    },
    onError: (error: unknown) => tell({ text: problemText(error), kind: 'problem' }),
    onSettled() {
      for (const key of ['status', 'hosts', 'denials', 'leases', 'audit'] as const) {
        void cache.invalidateQueries({ queryKey: KEYS[key] });
      }
    },
  } as const;
  return {
    pause: useMutation({
      mutationFn: ({
        group,
        ...asked
      }: {
        readonly group: Group;
        readonly for: string;
        readonly note: string;
      }) => request<GroupChanged>('POST', `${pathOf(group)}/pause`, asked),
      ...after,
    }),
    resume: useMutation({
      mutationFn: (group: Group) => request<GroupChanged>('POST', `${pathOf(group)}/resume`, {}),
      ...after,
    }),
    setMode: useMutation({
      mutationFn: ({ group, mode }: { readonly group: Group; readonly mode: Group['mode'] }) =>
        request<GroupChanged>('PATCH', pathOf(group), { mode }),
      ...after,
    }),
    protect: useMutation({
      async mutationFn({ address, group }: { readonly address: string; readonly group: string | undefined }) {
        // A group is not removed again; that the host is in it can be taken back.
        if (group === undefined) await request('POST', '/groups', { name: FIRST_GROUP });
        const path = pathOf({ name: group ?? FIRST_GROUP });
        return request<GroupChanged>('POST', `${path}/clients`, { client: address });
      },
      ...after,
    }),
  };
}

/** What the first group is called, where nobody has named one. */
export const FIRST_GROUP = 'plex';

function pathOf({ name }: { readonly name: string }): string {
  return `/groups/${encodeURIComponent(name)}`;
}
