/**
 * Names that nobody asked before, each with an address of its own that the packet filter must hold: Sallyport writes a lease,
 * updates the set and reads it back before it answers; dnsmasq adds to the set and answers.
 */
import type { Bench, Load, LoadResult } from '../load.ts';
import { addRate, describeRate, measureRate, type Rates, rateTable, ratioTarget } from '../rates.ts';
import { inRoom, type Room } from '../room.ts';
import { readCounters } from '../sallyport-api.ts';
import { benchGroup, startPeer, startSallyport, startUpstream, ZONE } from '../servers.ts';
import { asCount, figureOf, showFigure } from '../statistics.ts';
import { freshNames } from './forwarded.ts';

/** Names of one round. */
const NAMES = 10_000;
const SETS = ['ours_v4', 'theirs_v4'] as const;

export const nftset: Load = {
  name: 'nftset',
  about: 'names asked upstream with a lease written and an nftables set updated, beside dnsmasq --nftset',
  needs: ['dnsperf', 'dnsmasq', 'nft', 'ip', 'root'],
  measure: (bench) => inRoom({ ...bench, ownNetwork: true }, (room) => measure(bench, room)),
};

async function measure(bench: Bench, room: Room): Promise<LoadResult> {
  await room.run(['nft', '-f', '-'], RULES);
  const upstream = await startUpstream(room);
  const sallyport = await startSallyport(room, { upstream, config: `${benchGroup()}${FIREWALL}` });
  const dnsmasq = await startPeer(room, 'dnsmasq', upstream, [
    `--nftset=/${ZONE}/4#inet#sallyport#theirs_v4`,
  ]);

  const rates: Rates = new Map();
  const unconfirmed: number[] = [];
  for (let round = 0; round <= bench.rounds; round++) {
    const questionsFile = await room.writeQuestions(`round-${round}`, freshNames(round, NAMES));
    const before = await readCounters(room, sallyport);
    for (const server of [sallyport, dnsmasq]) {
      const rate = await measureRate({ room, server, questionsFile, length: 'once', rcode: 'NOERROR' });
      // The first round is for the compiler and the caches of the machine.
      if (round === 0) continue;
      addRate(rates, server.subject, rate);
      describeRate(bench, 'nftset', round, server.subject, rate);
    }
    const after = await readCounters(room, sallyport);
    if (round > 0) unconfirmed.push(((after.toldUnconfirmed - before.toldUnconfirmed) * 100) / NAMES);
  }
  const [ours, theirs] = await Promise.all(SETS.map((set) => elementsOf(room, set)));
  return {
    load: 'nftset',
    targets: [
      ratioTarget(rates, {
        id: 'nftset-dnsmasq',
        what: 'Forwarded names with a lease and an nftables set',
        peer: 'dnsmasq',
        least: 1.5,
      }),
    ],
    section: `${asCount(NAMES)} names a round, none asked before, each with an address of its own, in a network namespace with nothing but loopback. Sallyport
holds each answer until its address was read back from the set (group in mode \`enforce\`, driver \`nftables\`, an element ends with its
lease); dnsmasq runs with \`--nftset\` and waits for nothing but its own write.

${rateTable(rates)}
Told before the read-back, because the hold limit was over: ${showFigure(figureOf(unconfirmed), (share) => `${share.toFixed(1)} %`)} of the answers. At the end Sallyport's set holds ${asCount(ours ?? 0)}
addresses and dnsmasq's ${asCount(theirs ?? 0)}.
`,
  };
}

async function elementsOf(room: Room, set: string): Promise<number> {
  const listed = await room.run(['nft', '-j', 'list', 'set', 'inet', 'sallyport', set]);
  return listed.split(/"11\./).length - 1;
}

const FIREWALL = `
firewalls:
  - name: here
    driver: nftables
    alias: ours
    groups: [bench]
`;

const RULES = `table inet sallyport {
  set ours_v4 { type ipv4_addr; flags timeout; }
  set ours_v6 { type ipv6_addr; flags timeout; }
  set theirs_v4 { type ipv4_addr; flags timeout; }
  chain forward {
    type filter hook forward priority 0;
    ip daddr @ours_v4 accept
    ip6 daddr @ours_v6 accept
    ip daddr @theirs_v4 accept
  }
}
`;
