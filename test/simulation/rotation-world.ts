/**
 * A Plex host with the presets that are on by default, and content networks that rotate under their names. What each network
 * does is a guess: the catalog names the network of a name, nobody has published how it rotates. Calm, each has a pool that
 * hardly changes; busy, the networks with large pools replace a part of theirs every day.
 */
import { fileURLToPath } from 'node:url';
import { loadCatalog } from '../../src/catalog/load.ts';
import type { Chance } from './chance.ts';
import { addressSource, type NameDesign } from './world.ts';

interface Network {
  /** Seconds. */
  readonly ttlS: number;
  readonly perAnswer: number;
  /** Addresses in use at one time. */
  readonly pool: number;
  readonly rotation: NameDesign['rotation'];
  /** Addresses of the pool that are replaced in a day, for good. */
  readonly replacedADay: number;
  /** The same when it is busy. */
  readonly busyADay?: number;
  readonly ipv6: boolean;
}

const FIXED: Network = { ttlS: 300, perAnswer: 2, pool: 2, rotation: 'fixed', replacedADay: 0, ipv6: true };

/** By the catalog's word for the network. */
const NETWORKS: Readonly<Record<string, Network>> = {
  'cloudflare-anycast': FIXED,
  fastly: { ...FIXED, ttlS: 30, perAnswer: 4, pool: 4 },
  'wordpress-cdn': FIXED,
  'internet-archive': { ...FIXED, perAnswer: 1, pool: 3, rotation: 'random', ipv6: false },
  'aws-elb': { ttlS: 60, perAnswer: 3, pool: 6, rotation: 'random', replacedADay: 1, ipv6: false },
  'aws-cloudfront': {
    ttlS: 60,
    perAnswer: 4,
    pool: 32,
    rotation: 'random',
    replacedADay: 0,
    busyADay: 8,
    ipv6: false,
  },
  'amazon-cdn': {
    ttlS: 60,
    perAnswer: 4,
    pool: 32,
    rotation: 'random',
    replacedADay: 0,
    busyADay: 8,
    ipv6: false,
  },
  bunnycdn: { ttlS: 30, perAnswer: 1, pool: 8, rotation: 'random', replacedADay: 0, busyADay: 2, ipv6: true },
  unknown: {
    ttlS: 300,
    perAnswer: 2,
    pool: 4,
    rotation: 'random',
    replacedADay: 0,
    busyADay: 0.5,
    ipv6: false,
  },
};

export interface RotationWorld {
  /** Replaced as the networks move on. */
  readonly names: Map<string, NameDesign>;
  readonly all: readonly string[];
  /** Names of the presets a server cannot do without. */
  readonly core: readonly string[];
  /** A day's part of the replacements, of this many parts. */
  moveOn(parts: number): void;
}

export type Rotation = 'none' | 'calm' | 'busy';

/** `none`: every name has the same few addresses all the time. */
export function rotationWorld(chance: Chance, rotation: Rotation): RotationWorld {
  const rotates = rotation !== 'none';
  const replaced = ({ replacedADay, busyADay = replacedADay }: Network) =>
    rotation === 'busy' ? busyADay : replacedADay;
  const catalog = loadCatalog(fileURLToPath(new URL('../../catalog', import.meta.url)));
  const names = new Map<string, NameDesign>();
  const networks = new Map<string, Network>();
  const coreNames = new Set<string>();
  const addresses = addressSource();
  for (const preset of catalog.presets.values()) {
    if (!preset.defaultEnabled) continue;
    for (const { pattern, alias, shared_hosting } of preset.entries) {
      if (alias !== 'push' || pattern.includes('*') || names.has(pattern)) continue;
      const network = NETWORKS[shared_hosting] ?? NETWORKS['unknown'];
      if (network === undefined) continue;
      networks.set(pattern, network);
      if (preset.id === 'plex-core') coreNames.add(pattern);
      names.set(pattern, {
        name: pattern,
        ttlS: network.ttlS,
        perAnswer: network.perAnswer,
        rotation: rotates ? network.rotation : 'fixed',
        pool: { 4: addresses(4, network.pool), 6: network.ipv6 ? addresses(6, network.pool) : [] },
        chain: [],
      });
    }
  }
  return {
    names,
    all: [...names.keys()],
    core: [...names.keys()].filter((name) => coreNames.has(name)),
    moveOn(parts) {
      for (const [name, design] of names) {
        const network = networks.get(name);
        if (network === undefined || !rotates || !chance.happens(replaced(network) / parts)) continue;
        const [, ...kept] = design.pool[4];
        names.set(name, { ...design, pool: { ...design.pool, 4: [...kept, ...addresses(4, 1)] } });
      }
    },
  };
}
