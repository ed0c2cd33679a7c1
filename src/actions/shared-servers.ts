import { familyOf, type IpAddress } from '../base/ip-address.ts';
import type { Group, PlexDirect } from '../store/groups.ts';
import type { MainDb } from '../store/open.ts';
import { addPin, endPin, pinsInForce } from '../store/pins.ts';

/**
 * Opens the addresses of the Plex servers shared with the owner, as if by hand, and closes those that plexDirect no longer names.
 * No answer opens them: their names say whatever address whoever asks has put into them.
 */
export function openSharedServers(
  db: MainDb,
  { id: groupId, origin, plexDirect }: Group,
  { at, by }: { readonly at: number; readonly by: string },
): void {
  const open = pinsInForce(db, at, groupId).filter(({ plexServer }) => plexServer !== undefined);
  const wanted = plexDirect.shared.flatMap(({ hash, addresses, note }) =>
    addresses.map((address) => ({ hash, address, note: noteOf(hash, note) })),
  );
  const stays = new Set(wanted.map(({ hash, address }) => `${hash} ${address}`));
  for (const { id, plexServer, prefix } of open)
    if (!stays.has(`${plexServer} ${prefix.address}`)) endPin(db, id, { at, by });

  const known = new Set(
    open.map(({ plexServer, prefix, note }) => `${plexServer} ${prefix.address} ${note}`),
  );
  for (const { hash, address, note } of wanted) {
    if (known.has(`${hash} ${address} ${note}`)) continue;
    const family = familyOf(address);
    addPin(db, {
      groupId,
      prefix: { family, address, length: family === 4 ? 32 : 128 },
      ports: [],
      note,
      until: undefined,
      origin: origin === 'file' ? 'file' : 'person',
      createdAt: at,
      createdBy: by,
      plexServer: hash,
    });
  }
}

/** Those that are open for it. */
export function sharedAddresses({ shared }: PlexDirect): ReadonlySet<IpAddress> {
  return new Set(shared.flatMap(({ addresses }) => addresses));
}

function noteOf(hash: string, note: string): string {
  const server = `shared Plex server ${hash.slice(0, SHOWN_DIGITS)}…`;
  return note === '' ? server : `${server}: ${note}`;
}

/** Enough to find it among the servers of a home. */
const SHOWN_DIGITS = 8;
