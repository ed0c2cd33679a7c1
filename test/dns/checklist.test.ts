/**
 * The RFC checklist: one line a requirement, in raw octets against the whole pipeline.
 *
 * Not here because they do not concern a forwarder of this kind: RFC 8198 (no validation), 9156 (a forwarder minimises nothing),
 * 9463 (DHCP), 9567 and 9606 (no reporting agent), 8020 as an optimisation (it would cut what is allowed below).
 */
import { describe, test } from 'vitest';
import { answers } from './checklist/answers.ts';
import { data } from './checklist/data.ts';
import type { Requirement } from './checklist/desk.ts';
import { edns } from './checklist/edns.ts';
import { hygiene } from './checklist/hygiene.ts';
import { messages } from './checklist/messages.ts';
import { sizes } from './checklist/sizes.ts';
import { sockets } from './checklist/sockets.ts';

const CHAPTERS: readonly (readonly [string, readonly Requirement[]])[] = [
  ['messages', messages],
  ['EDNS', edns],
  ['names, types and classes', data],
  ['how much fits', sizes],
  ['answers and their time', answers],
  ['what is not let through', hygiene],
  ['on real sockets', sockets],
];

describe.each(CHAPTERS)('%s', (_, requirements) => {
  test.each(requirements.map((each) => [`${each.rfc} ${each.section}`, each.says, each.check] as const))(
    '%s: %s',
    async (_rfc, _says, check) => {
      await check();
    },
  );
});
