/** What goes wrong with firewalls that have no API. */
import { doing, type Fault } from './fault.ts';
import { feedBox, nftablesBox } from './local-boxes.ts';

const nftablesWhere = doing('nftables', nftablesBox);
const feedWhere = doing('feed', feedBox);

export const LOCAL_FAULTS: readonly Fault[] = [
  nftablesWhere(
    'a reboot',
    ({ simulator, byItself }) => byItself(() => void simulator.nft('flush ruleset')),
    () => {},
  ),
  nftablesWhere(
    'an alias that was deleted',
    ({ simulator, byItself }) => byItself(() => void simulator.nft(`delete set ${simulator.table} plex_v4`)),
    () => {},
  ),
  nftablesWhere(
    'an alias of another type',
    ({ simulator, byItself }) =>
      byItself(
        () =>
          void simulator.nft(
            `delete set ${simulator.table} plex_v4\nadd set ${simulator.table} plex_v4 { type ipv4_addr; }`,
          ),
      ),
    ({ simulator }) => void simulator.nft(`delete set ${simulator.table} plex_v4`),
    { says: /The set plex_v4 .* has no time-outs.*Delete it/ },
  ),
  nftablesWhere(
    'a user who may not write',
    ({ simulator }) =>
      simulator.callBy(
        'nsenter',
        `--net=/run/netns/${simulator.name}`,
        'setpriv',
        '--reuid=65534',
        '--clear-groups',
        'nft',
      ),
    ({ simulator }) => simulator.callBy(),
    { says: /does not let Sallyport change its packet filter.*CAP_NET_ADMIN/ },
  ),
  nftablesWhere(
    'a program that is gone',
    ({ simulator }) => simulator.callBy('/nonexistent/nft'),
    ({ simulator }) => simulator.callBy(),
    { says: /cannot be run on this machine.*apt install nftables/ },
  ),
  feedWhere(
    'nobody fetches',
    ({ simulator }) => simulator.fetch(),
    ({ simulator }) => simulator.fetch(),
    { says: /1 address is in the list, and not open before the firewall fetches it/ },
  ),
];
