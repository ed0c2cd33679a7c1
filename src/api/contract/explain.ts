import { z } from 'zod';

/** What the catalog knows of a name, in short. */
export const Explanation = z.object({
  /** The preset that knows it best. */
  preset: z.string(),
  title: z.string(),
  /** The name as the catalog has it. */
  pattern: z.string(),
  function: z.string(),
  need: z.enum(['required', 'recommended', 'optional']),
  why: z.string(),
  /** What a person sees when it is refused. */
  breaks: z.string(),
  /** Whether others can be reached at its addresses. */
  addresses: z.object({ shared: z.enum(['yes', 'likely', 'no', 'unknown']), sentence: z.string() }),
  /** Refused on purpose: telemetry and the like, which nobody has to allow. */
  refused: z.boolean(),
});
