/** Why a target is missed, as far as it was looked into; written by hand, printed only while it is missed. */
export const CAUSES: Readonly<Record<string, string>> = {
  'cached-echo':
    'a cached answer costs 10 to 17 µs of processor, the echo 12 to 13; what is above the echo is policy epoch, query log and the log thread on the same core.',
  'cached-dnsmasq':
    'Node spends about 12 µs on receiving and sending a datagram (the bare echo), dnsmasq 8 on the whole answer; beyond the echo there is little left to save.',
  'cached-p99':
    'all threads share one core, and a look at the tail shows the time slices of the others (ledger, log, garbage collection), most of all on a machine with busy neighbours.',
  'nftset-dnsmasq':
    'a new name costs about 200 µs in the data thread, 130 in the control thread (three rows and their indexes: sighting, lease, change of the set) and 50 in nft; dnsmasq keeps no record and spends 150 in all.',
  'flood-memory':
    'five heaps in one process take some 250 MB before the first question; in the flood they grow because V8 collects late where the machine has much memory.',
  'flood-latency':
    'the flood is served by the same thread and core, and each new name costs several times what a confirmed one does.',
  'rules-decision':
    'among 100,000 names asked in no order the time goes to memory outside the caches (a hundred names asked again and again take 0.4 µs); on a machine whose cores are shared it doubles.',
  'log-p99':
    'the searching thread shares the one core; its priority is lower, and what remains is the time to take the core back.',
};
