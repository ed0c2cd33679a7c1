/** Why an upstream did not answer is told in the words of RFC 8914, sections 4.23 to 4.25. */
import { expect, test } from 'vitest';
import { UpstreamFailure } from '../../src/dns/upstream/upstream.ts';
import { EDE } from '../../src/dns/wire/constants.ts';
import { allow, room } from './room.ts';

test.each([
  ['servfail', EDE.NO_REACHABLE_AUTHORITY],
  ['refused', EDE.NO_REACHABLE_AUTHORITY],
  ['timeout', EDE.NO_REACHABLE_AUTHORITY],
  ['network', EDE.NETWORK_ERROR],
  ['malformed', EDE.INVALID_DATA],
] as const)('an upstream that fails by %s', async (kind, code) => {
  const fail = () => Promise.reject(new UpstreamFailure(kind, 'The upstream failed: udp://192.0.2.53'));
  const { ask } = room({ rules: [allow('plex.tv')], upstreamOf: () => ({ resolve: fail }) });
  const { rcode, ede } = await ask('plex.tv');
  expect(rcode).toBe('SERVFAIL');
  expect(ede).toEqual({ code, text: 'The upstream failed: udp://192.0.2.53' });
});
