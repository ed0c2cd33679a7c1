import { useQueryClient } from '@tanstack/react-query';
import { useNotice } from '../ui/notices.tsx';
import { problemText } from '../ui/states.tsx';
import { queryText, request } from './request.ts';
import type { AuditEntry, Audits } from './types.ts';

/** Which entry of the audit a change wrote: the newest of its kind that is about it. */
export interface Written {
  readonly action: string;
  readonly subject?: string;
  readonly isIt?: (entry: AuditEntry) => boolean;
}

/** The way back of a change that was just made: its entry in the audit is reverted. Resolves with whether it was. */
export function useTakeBack(): (written: Written) => Promise<boolean> {
  const cache = useQueryClient();
  const tell = useNotice();
  return async (written) => {
    try {
      await request('POST', `/audit/${await entryOf(written)}/revert`, {});
      return true;
    } catch (error) {
      tell({ text: problemText(error), kind: 'problem' });
      return false;
    } finally {
      void cache.invalidateQueries();
    }
  };
}

export async function entryOf({ action, subject, isIt = () => true }: Written): Promise<number> {
  const { items } = await request<Audits>('GET', `/audit${queryText({ action, subject, limit: NEWEST })}`);
  const entry = items.find((one) => one.revertible && isIt(one));
  if (entry === undefined) throw new Error(`the audit has no ${action} that could be taken back`);
  return entry.id;
}

/** Entries to look through: others change things too. */
const NEWEST = 20;
