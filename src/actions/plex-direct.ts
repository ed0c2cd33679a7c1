/** `plexDirect` of a group: whose names below plex.direct are answered, and what that decides besides. */
import { type DomainName, formatDomainName, isBelow } from '../base/domain-name.ts';
import { KnownError } from '../base/errors.ts';
import { formatPrefix, type IpAddress, type Prefix } from '../base/ip-address.ts';
import { readPlexDirect } from '../dns/plex-direct.ts';
import { PLEX_DIRECT } from '../dns/special-names.ts';
import type { Pattern } from '../policy/pattern.ts';
import type { Decision, Denial } from '../store/denials.ts';
import type { Group, PlexDirect, SharedServer } from '../store/groups.ts';
import type { MainDb } from '../store/open.ts';
import type { Json } from '../store/settings.ts';
import { parseClient } from './create-group.ts';
import { decideWaiting } from './decide-covered.ts';
import { parsePinned } from './pin-address.ts';

/** What is not given stays; a list that is given takes the place of the one before. */
export interface PlexDirectInput {
  readonly hashes?: readonly string[] | undefined;
  /** Addresses and prefixes. */
  readonly ownAddresses?: readonly string[] | undefined;
  readonly shared?:
    | readonly {
        readonly hash: string;
        readonly addresses: readonly string[];
        readonly note?: string | undefined;
      }[]
    | undefined;
}

/** Throws KnownError that names what is not right of it. */
export function parsePlexDirect(
  input: PlexDirectInput,
  before: PlexDirect,
  isNeverOpened: (address: IpAddress) => boolean,
): PlexDirect {
  const after = {
    hashes: input.hashes === undefined ? before.hashes : distinct(input.hashes.map(parseHash)),
    ownAddresses: input.ownAddresses?.map(parseOwn) ?? before.ownAddresses,
    shared:
      input.shared?.map(
        ({ hash, addresses, note }): SharedServer => ({
          hash: parseHash(hash),
          addresses: distinct(addresses.map((text) => parsePinned(text, isNeverOpened).address)),
          note: note ?? '',
        }),
      ) ?? before.shared,
  };
  const all = [...after.hashes, ...after.shared.map(({ hash }) => hash)];
  const twice = all.find((hash, index) => all.indexOf(hash) < index);
  if (twice === undefined) return after;
  throw new KnownError('invalid-input', `${twice} is named twice`, {
    hint: 'A server is yours (`hashes`) or somebody else’s (`shared`), and is named once.',
  });
}

function parseOwn(text: string): Prefix {
  const prefix = parseClient(text);
  if (prefix.length > 0) return prefix;
  throw new KnownError('invalid-input', `${text} is every address there is`, {
    hint: 'Name your own addresses and networks, as in 192.168.20.5 or 2001:db8:20::/64.',
  });
}

/** The digits before .plex.direct, as a person typed them. */
export function parseHash(text: string): string {
  const hash = text.trim().toLowerCase();
  if (/^s?[0-9a-f]{32}$/.test(hash)) return hash;
  throw new KnownError('invalid-input', `not the hash of a Plex server: ${JSON.stringify(text)}`, {
    hint: 'Write the 32 hex digits before .plex.direct, as in the certificate of the server; `sallyport plex-direct find` looks them up.',
  });
}

/** As the audit has it, and as it may be given again. */
export function plexDirectJson({ hashes, ownAddresses, shared }: PlexDirect): Json {
  return {
    hashes: [...hashes],
    ownAddresses: ownAddresses.map(formatPrefix),
    shared: shared.map((one) => ({ ...one, addresses: [...one.addresses] })),
  };
}

/** Decides what waits below plex.direct and is answered by now. Returns which. */
export function decideAnswered(
  db: MainDb,
  { id: groupId, plexDirect }: Group,
  decision: Decision,
): readonly number[] {
  const isAnswered = ({ name }: Denial) => readPlexDirect(name, plexDirect)?.kind === 'known';
  return decideWaiting(db, groupId, isAnswered, decision);
}

/** True for a name that no rule is asked about: it says its own address, and plexDirect says whether that counts. */
export function isOfPlexDirect(name: DomainName): boolean {
  return isBelow(name, PLEX_DIRECT);
}

/** Throws for a rule that would do nothing. */
export function assertForRules({ kind, name }: Pattern, group: string): void {
  if (!isOfPlexDirect(name) && (name !== PLEX_DIRECT || kind === 'exact')) return;
  throw new KnownError('of-plex-direct', `no rule decides about ${formatDomainName(name)}`, {
    hint: `Such a name says its own address. Your server: \`sallyport plex-direct --group ${group} --add HASH --own ADDRESS\`; one that is shared with you: \`--share HASH --address ADDRESS\`.`,
  });
}

function distinct<T>(list: readonly T[]): readonly T[] {
  return [...new Set(list)];
}
