/** Why a target is missed: what was measured, and "suspected" where it was not; by hand, printed only while it is missed. */
export const CAUSES: Readonly<Record<string, string>> = {
  'fill-time':
    'the section says how many of the four calls were under way on average; where that is well below four, the machine had other work and handed answers over late. A thousand additions by the driver alone took 43 ms each in every one of the four slots, which is 54 s for all, and 51 ms under load.',
  'cached-echo':
    'a cached answer costs about 3 µs more processor than the bare echo: finding the reply and patching it 1, the limits, the clock and the count of it 1, and the log and the collection of garbage the rest.',
  'cached-dnsmasq':
    'Node spends about 12 µs on receiving and sending a datagram (the bare echo), dnsmasq 8 on the whole answer; beyond the echo there is little left to save.',
  'cached-p99':
    'the threads share the core with each other in time slices of some milliseconds; the section says what the bare echo, one thread, shows at the same speed.',
  'nftset-dnsmasq':
    'a new name is asked upstream, leased, committed to SQLite and read back: by thread about 200 µs in the data thread, 125 in the control thread, 50 in nft, 25 in the log, and 100 in compiling and collecting garbage; dnsmasq keeps no record, waits for no read-back, and spends 150 in all.',
  'flood-memory':
    'four JavaScript heaps and the program of Node are 180 MB before the flood begins; in it the heap of the data thread grows by 25 MB, and what the C++ side allocates by 20.',
  'flood-latency':
    'in the first second of the flood the thousand names its budget lets through are asked upstream by the same thread, on the same core.',
  'refused-cached':
    'every refusal is decided anew when it is five seconds old, and counted for the person who will see it; the difference is within the noise of this machine.',
  'rules-decision':
    'among 100,000 names asked in no order; a hundred names asked again and again took less than half of it. A profile shows it waiting for memory: the place in the table, the entry, its name and its rule are each somewhere else.',
  'rules-load':
    'parsing 100,000 patterns and compiling takes 0.3 to 0.5 s when no other program has the core; neighbours doubled it.',
  'log-p99':
    'suspected, as beside the API (docs/decisions/113): whoever has the core finishes its slice of a millisecond or two, whatever its priority, and the calm p99 is less than half of one. The thread that reads the log has the lowest priority.',
  'replay-p99':
    'suspected, as beside the API (docs/decisions/113): whoever has the core finishes its slice of a millisecond or two, whatever its priority, and the calm p99 is less than half of one. The thread that reads the log has the lowest priority.',
  'api-p99':
    'all threads share the one core. Beside the API the data thread waits for it 160 ms of each second, alone 20 to 50 (schedstat); it was 340 before the other threads gave way.',
  'api-p95':
    'the core is full, or nearly, and answers to names go first. A request costs the control thread some 0.9 ms, by profile a fifth of it handing the answer to the kernel, a tenth checking it against the contract, a tenth SQLite; a search costs its own thread 1.6 ms more, and the first one has to start that thread.',
  'gate-repeated':
    'a finished reply is repeated before the gate is asked, so both sides do the same work; the difference is the noise of this machine.',
  'ledger-sync':
    'most of it is looking up each wanted address among the ranges that are never opened, then parsing the listing of the firewall.',
  'ledger-memory':
    'the section has the memory of a process that knows no address for comparison: four JavaScript heaps and the program of Node, most of it. Of the heaps (v8.getHeapStatistics) the control thread has 67 MB, the data thread 22, the log 10 and the supervisor 9. By heap snapshots, the rest is 15 MB in the control thread and 5 in the data thread, what a read of the whole table makes and is not collected yet, and what V8 keeps of the pages it has emptied.',
  'ledger-start':
    'the section has the start with nothing open for comparison: that is loading the programs of the threads. The rest is reading the leases, finding the rule of each, reading the table, handing the view to the data thread, and collecting garbage meanwhile.',
};
