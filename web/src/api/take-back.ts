import { useQueryClient } from '@tanstack/react-query';
import { useNotice } from '../ui/notices.tsx';
import { problemText } from '../ui/states.tsx';
import { request } from './request.ts';

/** The way back of a change that was just made: its entry in the audit is reverted. Resolves with whether it was. */
export function useTakeBack(): (entry: number) => Promise<boolean> {
  const cache = useQueryClient();
  const tell = useNotice();
  return async (entry) => {
    try {
      await request('POST', `/audit/${entry}/revert`, {});
      return true;
    } catch (error) {
      tell({ text: problemText(error), kind: 'problem' });
      return false;
    } finally {
      void cache.invalidateQueries();
    }
  };
}
