import { defineConfig } from 'vitest/config';

/** Everything but the suites that have a configuration of their own: they need root, time, or the machine to themselves. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [
      'test/netns/**',
      'test/scenarios/**',
      'test/faults/**',
      'test/clients/**',
      'test/simulation/**',
    ],
    testTimeout: 30_000,
    // What is waited for must come; how long it may take is said where it is judged.
    expect: { poll: { timeout: 15_000 } },
    pool: 'forks',
  },
});
