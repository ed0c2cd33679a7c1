import { defineConfig } from 'vitest/config';

/** What is said and done when things fail: docs/faults.md, row by row. Needs root, for small disks and ordinary users. */
export default defineConfig({
  test: {
    include: ['test/faults/**/*.test.ts'],
    testTimeout: 40_000,
    hookTimeout: 60_000,
    pool: 'forks',
    fileParallelism: false,
  },
});
