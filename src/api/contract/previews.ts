/** What a change would do, before it is made. */
import { z } from 'zod';
import { RuleView } from './rules.ts';

/** An address that nothing would have open any more. */
export const Closing = z.object({
  address: z.string(),
  group: z.string(),
  names: z.array(z.string()),
  /** Whose alias loses it; none where the group has no firewall. */
  firewalls: z.array(z.string()),
});

export const ChangePreview = z.object({
  /** Rules that would be made; their numbers are not theirs yet. */
  added: z.array(RuleView),
  ended: z.array(RuleView),
  closes: z.array(Closing),
});
export type ChangePreview = z.infer<typeof ChangePreview>;

/** Rules of one request; a page of a list is a fraction of it. */
const MOST_AT_ONCE = 1000;
export const EndPreview = z.strictObject({ ids: z.array(z.int().positive()).min(1).max(MOST_AT_ONCE) });
export const PresetPreviewFilter = z.object({ what: z.enum(['add', 'update', 'remove']).default('add') });
