/** What a line of a scenario does; README.md lists them for people. */
import { isDeepStrictEqual } from 'node:util';
import { parseDomainName } from '../../../src/base/domain-name.ts';
import { parseIpAddress } from '../../../src/base/ip-address.ts';
import { createResolver } from '../../../src/dns/upstream/failover.ts';
import { settle } from '../../support/settle.ts';
import { type Answer, allow, type Room, room, START } from '../room.ts';
import { asPort, asUpstream, type ZoneServer, zoneServer } from './zone-server.ts';

export interface Stage {
  readonly room: Room;
  /** By their names; 'upstream' where there is one. */
  readonly upstreams: ReadonlyMap<string, ZoneServer>;
  /** To the last question. */
  answer: Answer | undefined;
}

/** Words that must be said before anything happens: they shape the room. */
export interface Setting {
  readonly rules: { readonly pattern: string; readonly untilMs: number | undefined }[];
  upstreams: readonly string[];
  group: 'ungated' | 'gated' | 'learns';
}

type Step<On> = readonly [pattern: RegExp, act: (on: On, ...words: string[]) => void | Promise<void>];

export const SETTINGS: readonly Step<Setting>[] = [
  [
    /^rule allow (\S+)(?: until (\S+))?$/,
    ({ rules }, pattern = '', until) => {
      rules.push({ pattern, untilMs: until === undefined ? undefined : milliseconds(until) });
    },
  ],
  [
    /^upstreams (.+)$/,
    (setting, names = '') => {
      setting.upstreams = names.split(' ');
    },
  ],
  [
    /^group is gated$/,
    (setting) => {
      setting.group = 'gated';
    },
  ],
  [
    /^group learns$/,
    (setting) => {
      setting.group = 'learns';
    },
  ],
];

export const STEPS: readonly Step<Stage>[] = [
  [
    /^(\S+) knows (\S+) ([A-Z]+) (\S+) ttl (\d+)$/,
    (stage, who, name = '', type = '', data = '', ttl) => {
      server(stage, who).records.push({ name, type, data, ttl: Number(ttl) });
    },
  ],
  [
    /^(\S+) forgets (\S+)$/,
    (stage, who, name) => {
      const { records } = server(stage, who);
      records.splice(0, records.length, ...records.filter((record) => record.name !== name));
    },
  ],
  [
    /^(\S+) says SOA ttl (\d+) minimum (\d+)$/,
    (stage, who, ttl, minimum) => {
      server(stage, who).soa = { ttl: Number(ttl), minimum: Number(minimum) };
    },
  ],
  [
    /^(\S+) says no SOA$/,
    (stage, who) => {
      server(stage, who).soa = undefined;
    },
  ],
  [
    /^(\S+) is silent$/,
    (stage, who) => {
      server(stage, who).trouble = 'silent';
    },
  ],
  [
    /^(\S+) answers (SERVFAIL|REFUSED)$/,
    (stage, who, rcode) => {
      server(stage, who).trouble = rcode as 'SERVFAIL' | 'REFUSED';
    },
  ],
  [
    /^(\S+) takes (\S+)$/,
    (stage, who, span = '') => {
      server(stage, who).delayMs = milliseconds(span);
    },
  ],
  [
    /^(\S+) is back$/,
    (stage, who) => {
      Object.assign(server(stage, who), { trouble: undefined, delayMs: 0 });
    },
  ],
  [
    /^ask (\S+) ([A-Z]+)(?: with (DO|CD))?(?: (without EDNS))?$/,
    async (stage, name = '', type, flag, plain) => {
      stage.answer = undefined;
      const asking = { edns: plain === undefined, dnssecOk: flag === 'DO', checkingDisabled: flag === 'CD' };
      void stage.room.ask(name, type, asking).then((answer) => {
        stage.answer = answer;
      });
      await settle();
    },
  ],
  [/^time passes (\S+)$/, (stage, span = '') => passTime(stage, milliseconds(span))],
  [
    /^flush(?: (\S+))?$/,
    async ({ room: { cache, pipeline } }, name) => {
      cache.flush(name === undefined ? undefined : parseDomainName(name));
      pipeline.forgetReplies();
      await settle();
    },
  ],
  [
    /^firewall confirms(?: for (\S+))?$/,
    async ({ room }, span = '1h') => {
      room.confirm(milliseconds(span));
      await settle();
    },
  ],
  [
    /^firewall closes (\S+)$/,
    ({ room }, address = '') => {
      const closed = room.requested.filter((lease) => lease.address === parseIpAddress(address));
      room.gate.update(
        closed.map((lease) => ({ ...lease, heldUntil: undefined })),
        [],
      );
    },
  ],
  [/^expect no answer yet$/, ({ answer }) => same('the answer', answer?.rcode, undefined)],
  [/^expect no EDE$/, (stage) => same('EDE', answered(stage).ede, undefined)],
  [/^expect EDE (\d+)$/, (stage, code) => same('EDE', answered(stage).ede?.code, Number(code))],
  [
    /^expect (\S+) asked (\d+) times?$/,
    (stage, who, times) => {
      same(`questions to ${who}`, server(stage, who).asked.length, Number(times));
    },
  ],
  [
    /^expect (\S+) not asked for (\S+)$/,
    (stage, who, name) => {
      const asked = server(stage, who).asked.filter((question) => question.startsWith(`${name} `));
      same(`questions to ${who} for ${name}`, asked.length, 0);
    },
  ],
  [
    /^expect cache (\w+) (\d+)$/,
    ({ room: { cache } }, what = '', n) => {
      same(what, new Map<string, number>(Object.entries(cache.statistics())).get(what), Number(n));
    },
  ],
  [
    /^expect opened (.+)$/,
    ({ room: { requested } }, addresses) => {
      const opened = [...new Set(requested.map(({ address }) => address))];
      same('opened', opened.length === 0 ? 'nothing' : opened.join(' '), addresses);
      requested.length = 0;
    },
  ],
  [
    /^expect ([A-Z]+) soa ttl (\d+)$/,
    (stage, rcode, ttl) => {
      const { rcode: told, answers, authority } = answered(stage);
      same(
        'answer',
        { rcode: told, answers, soa: authority[0]?.ttl },
        { rcode, answers: [], soa: Number(ttl) },
      );
    },
  ],
  [
    /^expect ([A-Z]+)(?: (.+))?$/,
    (stage, rcode, records) => {
      const { rcode: told, answers, ttls } = answered(stage);
      const isTtlSaid = records?.includes(' ttl ') ?? false;
      const text = answers.map(
        (record, i) => record.replace(/^(A|AAAA) /, '') + (isTtlSaid ? ` ttl ${ttls[i]}` : ''),
      );
      same('answer', [told, ...text].join(', '), [rcode, ...(records?.split(', ') ?? [])].join(', '));
    },
  ],
];

export function setStage({ rules, upstreams: names, group }: Setting): Stage {
  const upstreams = new Map<string, ZoneServer>();
  const allowed = rules.length === 0 ? [{ pattern: '.example.org', untilMs: undefined }] : rules;
  const made = room({
    group: { gated: group !== 'ungated', mode: group === 'learns' ? 'learn' : 'enforce' },
    rules: allowed.map(({ pattern, untilMs }) =>
      allow(pattern, untilMs === undefined ? {} : { temporary: true, expiresAt: START + untilMs }),
    ),
    upstreamOf(clock) {
      for (const name of names) upstreams.set(name, zoneServer(clock));
      const [first] = upstreams.values();
      if (first !== undefined && upstreams.size === 1) return asPort(first, clock);
      return createResolver({ clock, upstreams: [...upstreams].map(([name, one]) => asUpstream(one, name)) });
    },
  });
  return { room: made, upstreams, answer: undefined };
}

/** In steps, so that what follows from one moment happens before the next. */
async function passTime({ room: { clock } }: Stage, ms: number): Promise<void> {
  const step = Math.max(ms / MOST_STEPS, LEAST_STEP_MS);
  for (let left = ms; left > 0; left -= step) {
    clock.advance(Math.min(left, step));
    await settle();
  }
}

const MOST_STEPS = 100;
const LEAST_STEP_MS = 100;

function milliseconds(span: string): number {
  const [, number, unit] = /^(\d+)(ms|s|m|h|d)$/.exec(span) ?? [];
  const ms = UNITS.get(unit ?? '');
  if (ms === undefined) throw new Error(`not a span of time: ${span} (such as 500ms, 30s, 5m, 2h, 1d)`);
  return Number(number) * ms;
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

function server({ upstreams }: Stage, name = ''): ZoneServer {
  const found = upstreams.get(name);
  if (found === undefined)
    throw new Error(`there is no upstream ${name}: ${[...upstreams.keys()].join(', ')}`);
  return found;
}

function answered({ answer }: Stage): Answer {
  if (answer === undefined) throw new Error('there is no answer yet');
  return answer;
}

function same(what: string, is: unknown, expected: unknown): void {
  if (isDeepStrictEqual(is, expected)) return;
  const shown = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
  throw new Error(`${what}\n  is       ${shown(is)}\n  expected ${shown(expected)}`);
}
