import { z } from 'zod';
import {
  Address,
  DurationText,
  Effect,
  EndText,
  GroupName,
  NextCursor,
  Note,
  Paging,
  Time,
} from './common.ts';

/** An address opened by hand, for what is reached without a name. */
export const Pinned = z.object({
  id: z.int(),
  group: z.string(),
  address: z.string(),
  /** A note for people: an alias holds addresses only. */
  ports: z.array(z.int()),
  note: z.string(),
  origin: z.enum(['person', 'file']),
  createdAt: Time,
  createdBy: z.string(),
  /** Absent: no end. */
  until: Time.optional(),
  endedAt: Time.optional(),
  endedBy: z.string().optional(),
  /** The hash of the Plex server shared with the owner that it is open for; absent: opened by itself. */
  plexServer: z.string().optional(),
  /** Where in which file it is written: sallyport.yaml:12. */
  place: z.string().optional(),
});
export type Pinned = z.infer<typeof Pinned>;

export const PinnedList = z.object({ items: z.array(Pinned), ...NextCursor });
export const PinnedEffect = z.object({ address: Pinned, effect: Effect });
export const PinnedFilter = z.object({ group: GroupName.optional(), ...Paging });

const Ports = z.array(z.int().min(1).max(65_535)).max(20);
const change = {
  for: z.union([DurationText, z.literal('always')]).optional(),
  until: EndText.optional(),
  note: Note.optional(),
  ports: Ports.optional(),
};
const BOTH = 'give for or until, not both';

/** Without an end it stays until it is closed by hand. */
export const PinCreate = z
  .strictObject({ group: GroupName, address: Address.max(49), ...change })
  .refine((pin) => pin.for === undefined || pin.until === undefined, BOTH);

export const PinPatch = z
  .strictObject(change)
  .refine((pin) => pin.for === undefined || pin.until === undefined, BOTH);
