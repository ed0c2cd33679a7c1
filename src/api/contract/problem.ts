import { z } from 'zod';

/** RFC 9457 problem details; `hint` says what the reader can do about it. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string(),
  hint: z.string().optional(),
  requestId: z.string(),
});
export type Problem = z.infer<typeof Problem>;
