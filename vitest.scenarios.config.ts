import { defineConfig } from 'vitest/config';

/** The main job against simulated firewalls, with the whole product as a process of its own. */
export default defineConfig({
  test: {
    include: ['test/scenarios/**/*.test.ts'],
    testTimeout: 40_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // Times are measured here: one file at a time, so that no story slows another.
    fileParallelism: false,
  },
});
