/**
 * Milliseconds within which a question is answered one way or another, upstream time and waiting for the firewall together:
 * resolvers of libc ask again after five seconds, and musl then gives up.
 */
const ANSWER_LIMIT_MS = 4500;

/** When the client has gone or asked again. A longer hold limit is taken for what its owner wants. */
export function deadlineFor({ holdLimitMs }: { readonly holdLimitMs: number }, arrivedAt: number): number {
  return arrivedAt + Math.max(ANSWER_LIMIT_MS, holdLimitMs);
}
