import { expect, onTestFinished, test } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { DEFAULT_LIMITS } from '../../src/data/limits.ts';
import { startDataPlane } from '../../src/data-plane.ts';
import type { UpstreamPort } from '../../src/dns/stages/ask-upstream.ts';
import { UpstreamFailure } from '../../src/dns/upstream/upstream.ts';
import { TYPE } from '../../src/dns/wire/constants.ts';
import type { Port } from '../../src/plane/port.ts';
import type { ControlMessage, DataMessage, GroupSnapshot, ToData } from '../../src/plane/protocol.ts';
import { parsePattern } from '../../src/policy/pattern.ts';
import { NOON, name } from '../store/world.ts';
import { manualClock } from '../support/manual-clock.ts';
import { settle } from '../support/settle.ts';

/** A control plane reduced to what it says and hears; once closed it hears nothing. */
function controlPlane() {
  const heard: DataMessage[] = [];
  let say: (message: ToData) => void = () => {};
  let isOpen = true;
  let seq = 0;
  const port: Port<ToData, DataMessage> = {
    post: (message) => void (isOpen && heard.push(message)),
    listen(onMessage) {
      say = onMessage;
    },
    close() {
      isOpen = false;
    },
  };
  return {
    port,
    say: (message: ControlMessage) => say({ ...message, seq: ++seq }),
    resolved: () => heard.filter((message) => message.kind === 'resolved'),
  };
}

const plex: GroupSnapshot = {
  id: 1,
  name: 'plex',
  clients: [],
  mode: 'enforce',
  pausedUntil: undefined,
  modeAfterPause: 'enforce',
  refuse: 'nxdomain',
  ipv6: true,
  holdLimitMs: 2000,
  onHoldLimit: 'answer',
  graceMs: 0,
  headroomMs: 0,
  gated: true,
  learnAlias: true,
  plexDirect: { hashes: [], ownAddresses: [] },
  rules: [
    {
      id: 1,
      action: 'allow',
      pattern: parsePattern('.example.org'),
      types: [TYPE.A],
      temporary: false,
      expiresAt: undefined,
      private: false,
    },
  ],
};

test('a control plane that is back is not given the answer to a question of the one before it', async () => {
  const fail: ((error: Error) => void)[] = [];
  const upstream: UpstreamPort = { resolve: () => new Promise((_, reject) => fail.push(reject)) };
  const plane = startDataPlane({
    config: { listen: [], upstreams: [], forward: [], records: [], neverOpened: [], limits: DEFAULT_LIMITS },
    clock: manualClock(NOON),
    log: silentLog(),
    upstreams: { forName: () => upstream, health: () => [], close: () => undefined },
  });
  onTestFinished(() => plane.close());
  const ask = { kind: 'resolve', id: 1, groupId: 1, qtype: TYPE.A, purpose: 'probe' } as const;

  const first = controlPlane();
  plane.connectControl(first.port);
  first.say({ kind: 'policy', epoch: 1, groups: [plex] });
  first.say({ ...ask, name: name('a.example.org') });
  const second = controlPlane();
  plane.connectControl(second.port);
  second.say({ ...ask, name: name('b.example.org') });

  fail[0]?.(new UpstreamFailure('timeout', 'silent'));
  await settle();
  expect(second.resolved()).toEqual([]);
  fail[1]?.(new UpstreamFailure('timeout', 'silent'));
  await settle();
  expect(second.resolved()).toEqual([{ kind: 'resolved', id: 1, outcome: 'failed' }]);
  expect(first.resolved()).toEqual([]);
});
