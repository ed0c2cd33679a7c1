import { randomBytes } from 'node:crypto';
import { KnownError } from '../../base/errors.ts';
import { parseIpAddress } from '../../base/ip-address.ts';
import type { Nft } from './nft.ts';
import { declaration, listSet, type SetName } from './sets.ts';

/**
 * Tries in a table of its own, which is gone afterwards, what everything here is built on; throws KnownError for what does
 * not hold. Kernels and releases of nft differ, and an address that is called open for longer than it is would not be noticed.
 *
 *   an element has an end, which the listing shows
 *   added, deleted and added again in one transaction it ends later
 *   creating it while it is there is refused
 */
export async function probeKernel(nft: Nft, family: string, signal: AbortSignal): Promise<void> {
  const table = `${family} sallyport_probe_${randomBytes(6).toString('hex')}`;
  const set: SetName = { family: 4, table, name: 'probe' };
  const element = (forMs?: number) =>
    `element ${table} ${set.name} { ${PROBED}${forMs === undefined ? '' : ` timeout ${forMs}ms`} }`;
  const endsIn = async () => {
    const listed = await listSet(nft, set, signal);
    return listed === 'absent' ? undefined : listed.get(PROBED)?.expiresInMs;
  };

  await nft.transact(
    [
      `create table ${table}`,
      `add set ${table} ${set.name} { ${declaration(4, { counters: false })} }`,
      `add ${element(SHORT_MS)}`,
    ],
    signal,
  );
  try {
    const first = await endsIn();
    if (first === undefined || first > SHORT_MS) throw unfit('does not show when an element ends');
    await nft.transact([`add ${element()}`, `delete ${element()}`, `add ${element(LONG_MS)}`], signal);
    const renewed = await endsIn();
    if (renewed === undefined || renewed <= SHORT_MS) throw unfit('does not renew an element');
    if (await commits(nft, `create ${element(LONG_MS * 2)}`, signal))
      throw unfit('creates an element that is there');
  } finally {
    // Also when it was stopped in the middle.
    await nft.transact([`delete table ${table}`], AbortSignal.timeout(CLEAN_UP_MS));
  }
}

/** Of TEST-NET-1, and in no set that a rule uses. */
const PROBED = parseIpAddress('192.0.2.1');

/** Milliseconds; so far apart that a listing in whole seconds tells them from each other. */
const SHORT_MS = 20_000;
const LONG_MS = 60_000;

const CLEAN_UP_MS = 10_000;

/** Refused, or not understood: either way it did not happen. */
async function commits(nft: Nft, line: string, signal: AbortSignal): Promise<boolean> {
  try {
    await nft.transact([line], signal);
    return true;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

function unfit(what: string): KnownError {
  return new KnownError('firewall-misconfigured', `The packet filter of this machine ${what} as it should`, {
    hint: 'Upgrade nftables and the kernel: Sallyport is tried with nft 1.0.6 on Linux 6.18. Nothing was opened.',
  });
}
