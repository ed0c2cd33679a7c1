/** Names that nobody asked before, so that each is asked upstream; without a firewall. */
import type { Bench, Load, LoadResult } from '../load.ts';
import { addRate, describeRate, measureRate, type Rates, rateTable } from '../rates.ts';
import { inRoom, type Room } from '../room.ts';
import {
  benchGroup,
  nameOfAddress,
  type Peer,
  startPeer,
  startSallyport,
  startUpstream,
} from '../servers.ts';
import { asCount } from '../statistics.ts';

const PEERS: readonly Peer[] = ['dnsmasq', 'unbound', 'pdns-recursor', 'dnsdist'];
/** Names of one round: a second's worth and more for the quickest. */
const NAMES = 20_000;

export const forwarded: Load = {
  name: 'forwarded',
  about: 'names asked upstream, beside four forwarders; no firewall',
  needs: ['dnsperf', 'dnsmasq', 'unbound', 'pdns_recursor', 'dnsdist'],
  measure: (bench) => inRoom(bench, (room) => measure(bench, room)),
};

async function measure(bench: Bench, room: Room): Promise<LoadResult> {
  const upstream = await startUpstream(room);
  const servers = [await startSallyport(room, { upstream, config: benchGroup() })];
  const peers = [];
  for (const peer of PEERS) peers.push(await startPeer(room, peer, upstream));

  const rates: Rates = new Map();
  for (let round = 0; round <= bench.rounds; round++) {
    const questionsFile = await room.writeQuestions(`round-${round}`, freshNames(round));
    for (const server of [...servers, ...peers]) {
      const rate = await measureRate({ room, server, questionsFile, length: 'once', rcode: 'NOERROR' });
      // The first round is for the compiler and the caches of the machine.
      if (round === 0) continue;
      addRate(rates, server.subject, rate);
      describeRate(bench, 'forwarded', round, server.subject, rate);
    }
  }
  return {
    load: 'forwarded',
    targets: [],
    section: `${asCount(NAMES)} names a round, none asked before, so each is asked upstream. The upstream is another dnsmasq that
reads the address from the name. dnsmasq has the cache it ships with, 150 names: with a larger one it forwards several times slower.

${rateTable(rates)}`,
  };
}

export function freshNames(round: number, count = NAMES): readonly string[] {
  return Array.from({ length: count }, (_, i) => nameOfAddress(round * count + i));
}
