/** Why a target is missed: what was measured, and "suspected" where it was not; by hand, printed only while it is missed. */
export const CAUSES: Readonly<Record<string, string>> = {
  'cached-echo':
    'a cached answer costs 10 to 17 µs of processor with all threads, the echo alone 12 to 13. Suspected for the rest: the log thread on the same core.',
  'cached-dnsmasq':
    'Node spends about 12 µs on receiving and sending a datagram (the bare echo), dnsmasq 8 on the whole answer; beyond the echo there is little left to save.',
  'cached-p99':
    'not looked into yet. Suspected: time slices of the other threads on the one core, and neighbours on this machine; rounds below 1 ms stand beside rounds of several.',
  'nftset-dnsmasq':
    'measured by thread, a new name costs about 200 µs in the data thread, 125 in the control thread (most of it SQLite: a sighting, a lease and a change of the set), 50 in nft, 25 in the log, and 100 in compiling and collecting garbage; dnsmasq keeps no record and spends 150 in all.',
  'flood-memory':
    'the process is well above the limit before the flood begins, with five JavaScript heaps; which of them grows in the flood is not looked into yet.',
  'flood-latency': 'not looked into yet; the flood is served by the same thread and core.',
  'rules-decision':
    'among 100,000 names asked in no order; a hundred names asked again and again took 0.5 to 0.8 µs on the same busy machine. Suspected: memory outside the caches.',
  'rules-load':
    'parsing 100,000 patterns and compiling takes 0.3 to 0.5 s when no other program has the core; neighbours doubled it.',
  'log-p99':
    'not looked into yet. The searching thread shares the one core at the lowest priority; the calm p99 itself varies by several times on this machine.',
};
