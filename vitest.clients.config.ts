import { defineConfig } from 'vitest/config';

/** Resolvers that people use, in a network of their own; needs root, and what scripts/clients/room.ts lists. */
export default defineConfig({
  test: {
    include: ['test/clients/**/*.test.ts'],
    testTimeout: 40_000,
    hookTimeout: 120_000,
    pool: 'forks',
    // Times are measured here: one file at a time, so that no test slows another.
    fileParallelism: false,
    // Failures that wait for a silent upstream wait together.
    maxConcurrency: 40,
  },
});
