import { defineConfig } from 'vitest/config';

/** Real packets between network namespaces; needs root, iproute2, nftables, dnsutils, dnsmasq, busybox and openssl. */
export default defineConfig({
  test: {
    include: ['test/netns/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // Times are measured here: one file at a time, so that no test slows another.
    fileParallelism: false,
  },
});
