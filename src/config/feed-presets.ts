/** Feeds that need nothing but their name: where the list is, how to read it, and what to open until it came. */
import { type IpAddress, parseIpAddress } from '../base/ip-address.ts';

export interface FeedPreset {
  readonly url: string;
  readonly format: 'text' | 'json' | 'xml';
  readonly path?: string;
  /** The header that `token` is sent in; without a token nothing is fetched. */
  readonly tokenHeader: string;
  readonly addresses: readonly IpAddress[];
  /** When these were known to be right. */
  readonly knownIn: string;
  readonly ports: readonly number[];
  readonly note: string;
  readonly breaks: string;
}

export const FEED_PRESETS = {
  'plex-pubsub': {
    url: 'https://plex.tv/services/pubsub/servers',
    format: 'xml',
    path: 'Server@host',
    tokenHeader: 'X-Plex-Token',
    // As a Plex server was told in 2021 (github.com/bjeanes/plex-snoop, docs/API.md).
    addresses: [
      ...['176.58.107.84', '176.58.127.172', '139.162.120.52', '139.162.75.196', '172.104.145.70'],
      ...['172.104.132.7', '139.162.40.38', '139.162.57.189', '172.105.29.107', '172.105.99.32'],
      ...['184.105.148.118', '184.105.148.116', '45.33.119.35', '45.33.125.156', '172.104.217.190'],
      ...['172.104.24.90', '45.79.197.58', '45.56.116.228', '82.94.168.22', '82.94.168.18'],
    ].map(parseIpAddress),
    knownIn: '2021',
    ports: [443],
    note: 'Plex push servers (pubsub), dialled by address',
    breaks:
      'changes of sharing, remote control and the start of relay arrive late or never; whoever lost access may keep it until then',
  },
} as const satisfies Readonly<Record<string, FeedPreset>>;

export type FeedPresetName = keyof typeof FEED_PRESETS;
