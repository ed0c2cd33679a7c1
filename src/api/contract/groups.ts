import { z } from 'zod';
import {
  Address,
  DurationText,
  Effect,
  Enforcement,
  Entry,
  GroupName,
  NextCursor,
  Note,
  Paging,
  Time,
} from './common.ts';

/** Which names below plex.direct are answered, from their first label. */
export const PlexDirect = z.object({
  hashes: z.array(z.string()),
  ownAddresses: z.array(z.string()),
  /** Servers of other people; their addresses are open. */
  shared: z.array(z.object({ hash: z.string(), addresses: z.array(z.string()), note: z.string() })),
});

/** Clients that share one policy: in the page, the protected host(s). */
export const Group = z.object({
  name: z.string(),
  mode: z.enum(['learn', 'enforce']),
  pausedUntil: Time.optional(),
  /** The owner stated that enforcing is in order although it cannot be seen. */
  override: z.boolean(),
  clients: z.array(z.string()),
  refuse: z.enum(['nxdomain', 'nodata', 'refused', 'zero']),
  ipv6: z.boolean(),
  presets: z.array(z.string()),
  plexDirect: PlexDirect,
  origin: z.enum(['default', 'person', 'file']),
  /** Where in which file it is written: sallyport.yaml:12. */
  place: z.string().optional(),
  enforcement: Enforcement,
});
export type Group = z.infer<typeof Group>;

export const GroupList = z.object({ items: z.array(Group) });
export const GroupEffect = z.object({ group: Group, effect: Effect, entry: Entry });

export const GroupCreate = z.strictObject({
  name: GroupName,
  clients: z.array(z.string().max(60)).max(100).default([]),
  presets: z.array(z.string().max(60)).max(50).default([]),
});

/** The digits before .plex.direct. */
const Hash = z.string().max(40);

export const GroupPatch = z.strictObject({
  mode: z.enum(['learn', 'enforce']).optional(),
  /** With mode enforce: go ahead although no connected firewall was seen to use the alias. */
  override: z.boolean().optional(),
  refuse: z.enum(['nxdomain', 'nodata', 'refused', 'zero']).optional(),
  ipv6: z.boolean().optional(),
  /** What is not given stays; a list that is given takes the place of the one before. */
  plexDirect: z
    .strictObject({
      hashes: z.array(Hash).max(50).optional(),
      ownAddresses: z.array(z.string().max(60)).max(50).optional(),
      shared: z
        .array(
          z.strictObject({
            hash: Hash,
            addresses: z.array(Address).min(1).max(20),
            note: Note.optional(),
          }),
        )
        .max(50)
        .optional(),
    })
    .optional(),
});

/** An address, with or without a port; absent: the hosts of the group. */
export const PlexDirectFind = z.strictObject({ server: z.string().min(2).max(60).optional() });

export const PlexDirectFound = z.object({
  items: z.array(
    z.object({
      server: z.string(),
      /** As its certificate has them; verified by nobody. */
      hashes: z.array(z.string()),
      /** Where the certificate tells no hash, what a Plex server says of itself to anybody. */
      identity: z
        .object({ machineIdentifier: z.string(), version: z.string(), claimed: z.boolean().optional() })
        .optional(),
      sentence: z.string(),
    }),
  ),
  /** What to give as plexDirect; absent: nothing was found that is not in it. */
  proposal: z.object({ hashes: z.array(z.string()), ownAddresses: z.array(z.string()) }).optional(),
});
export type PlexDirectFound = z.infer<typeof PlexDirectFound>;

export const PauseRequest = z.strictObject({ for: DurationText, note: Note.default('') });
export const ClientRequest = z.strictObject({ client: z.string().min(2).max(60) });

/** A client of no group: refused, and shown so that it can be added to one. */
export const Host = z.object({
  address: z.string(),
  queries: z.int(),
  /** How many different names it asked; counted up to 200. */
  names: z.int(),
  firstAt: Time,
  lastAt: Time,
  sentence: z.string(),
});
export type Host = z.infer<typeof Host>;
export const HostList = z.object({ items: z.array(Host), ...NextCursor });
export const HostFilter = z.object(Paging);
