import { defineConfig } from 'vitest/config';

/** Houses that live for simulated hours and days; each file uses all processors. */
export default defineConfig({
  test: {
    include: ['test/simulation/**/*.test.ts'],
    // Real milliseconds, on a machine that is busy with other things: a story takes some seconds, the campaign minutes.
    testTimeout: 1_800_000,
    pool: 'forks',
    fileParallelism: false,
  },
});
