import type { WhyName } from '../actions/query-port.ts';
import { type DomainName, formatDomainName } from '../base/domain-name.ts';
import { familyOf } from '../base/ip-address.ts';
import { explainPlexDirect, readPlexDirect } from '../dns/plex-direct.ts';
import type { Group } from '../store/groups.ts';

/** Of names that say their own address no rule decides; undefined for all others. What is told is what is set now. */
export function whyPlexDirect(
  { name: group, plexDirect }: Group,
  name: DomainName,
): Pick<WhyName, 'verdict' | 'reason' | 'types' | 'sentence'> | undefined {
  const read = readPlexDirect(name, plexDirect);
  if (read === undefined) return undefined;
  const text = formatDomainName(name);
  const shared = plexDirect.shared.find(({ hash }) => text.endsWith(`${hash}.plex.direct`));
  switch (read.kind) {
    case 'known': {
      const whose =
        shared === undefined
          ? 'your Plex server'
          : `a Plex server shared with you (${shared.note || shared.hash})`;
      return {
        verdict: 'allowed',
        reason: 'plex-direct',
        types: [familyOf(read.address) === 4 ? 'A' : 'AAAA'],
        sentence: `${text} is answered in ${group} with the address it says itself: it is a name of ${whose}, as plexDirect has it.`,
      };
    }
    case 'above':
      return {
        verdict: 'denied',
        reason: 'above-allowed',
        types: [],
        sentence: `Only names below ${text} are answered in ${group}, as plexDirect has it.`,
      };
    case 'refused':
      return {
        verdict: 'denied',
        reason: read.reason,
        types: [],
        sentence: `${text} is refused in ${group}: ${explainPlexDirect(read.reason)}.`,
      };
  }
}
