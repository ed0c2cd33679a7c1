import { useSession } from './reads.ts';

/** admin: everything. */
export function useMayAdminister(): boolean {
  return useSession().data?.role === 'admin';
}

/** approver: allows refused names for a while, and mutes them. */
export function useMayApprove(): boolean {
  const role = useSession().data?.role;
  return role === 'admin' || role === 'approver';
}
