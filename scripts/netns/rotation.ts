/** Rotating names on the stage: who answers for them and opens their addresses, and what comes of connecting to each. */
import { DEFAULT_USER } from '../simulators/opnsense.ts';
import type { LookUp } from './look-ups.ts';
import { ROTATING, ROTATING_DOMAIN, type RotatingName } from './rotating-names.ts';
import { HTTPS, type Stage, until } from './stage.ts';
import { NAME_SERVER, PLEX_ADDRESSES, ROUTER_LAN } from './topology.ts';

/** How long a lease goes on behind what was told. */
export interface Terms {
  readonly grace: string;
  readonly headroom: string;
}

/** As short as the kernel can confirm: leases end and begin all the time. */
const SHORT: Terms = { grace: '1s', headroom: '3s' };
/** For a firewall that takes one address a call: shorter ones would ask more calls of it than it can answer. */
export const SHORT_BY_CALL: Terms = { grace: '10s', headroom: '10s' };

/** The group of the Plex host in strict mode, and the firewalls given. */
export function strictConfig(firewalls: string, { grace, headroom }: Terms = SHORT): string {
  return `
groups:
  - name: plex
    clients: [${PLEX_ADDRESSES.join(', ')}]
    mode: enforce
    gate: { onHoldLimit: servfail }
    grace: ${grace}
    headroom: ${headroom}
    rules:
      - allow: .${ROTATING_DOMAIN}
firewalls:
${firewalls}`;
}

export const NFTABLES = `
  - name: router
    driver: nftables
    table: inet sallyport
    alias: plex
    groups: [plex]
`;

/** Simulated in the router's own namespace; to be served there with serveOpnsense. */
export const OPNSENSE_PORT = 9443;
export const opnsense = (alias: string): string => `
  - name: edge
    driver: opnsense
    url: http://127.0.0.1:${OPNSENSE_PORT}
    key: ${DEFAULT_USER.key}
    secret: ${DEFAULT_USER.secret}
    alias: ${alias}
    groups: [plex]
`;

export interface RotationResult {
  readonly asked: number;
  /** Look-ups that were told an address, and so connected. */
  readonly told: number;
  /** Connections whose first packet came to nothing. */
  readonly dropped: readonly LookUp[];
  /** Look-ups without an address, by what came instead. */
  readonly untold: Readonly<Record<string, number>>;
  /** Different addresses that were connected to. */
  readonly addresses: number;
  /** What the packet filter says of it. */
  readonly droppedPackets: number;
}

export interface RotationOptions {
  readonly count: number;
  readonly everyMs: number;
  readonly names?: readonly RotatingName[];
}

export async function rotate(stage: Stage, options: RotationOptions): Promise<RotationResult> {
  const packets = await stage.droppedPackets();
  const lookUps = await lookUpRotating(stage, options);
  const droppedPackets = (await stage.droppedPackets()) - packets;
  return { ...judgeLookUps(lookUps), droppedPackets };
}

export function lookUpRotating(
  stage: Stage,
  { count, everyMs, names = ROTATING }: RotationOptions,
): Promise<readonly LookUp[]> {
  return stage.plex.do('lookUpAll', {
    server: ROUTER_LAN[0],
    names: names.map(({ name, type }) => ({ name, type })),
    count,
    everyMs,
    port: HTTPS,
    synMs: SYN_MS,
    answerMs: ANSWER_MS,
  });
}

export function judgeLookUps(lookUps: readonly LookUp[]): Omit<RotationResult, 'droppedPackets'> {
  const told = lookUps.filter(({ to }) => to !== undefined);
  const untold = Object.groupBy(
    lookUps.filter(({ to }) => to === undefined),
    ({ outcome }) => outcome,
  );
  return {
    asked: lookUps.length,
    told: told.length,
    dropped: told.filter(({ reach }) => reach === 'dropped'),
    untold: Object.fromEntries(Object.entries(untold).map(([outcome, list = []]) => [outcome, list.length])),
    addresses: new Set(told.map(({ to }) => to)).size,
  };
}

/** dnsmasq in the place of Sallyport, with the same sets; it runs until the stage is closed. */
export async function startDnsmasq(stage: Stage): Promise<void> {
  const listen = ROUTER_LAN.map((address) => `--listen-address=${address}`);
  const alone = ['--keep-in-foreground', '--conf-file=/dev/null', '--pid-file=', '--user=root', '--no-hosts'];
  const sets = `--nftset=/${ROTATING_DOMAIN}/4#inet#sallyport#plex_v4,6#inet#sallyport#plex_v6`;
  const upstream = ['--no-resolv', `--server=${NAME_SERVER[0]}`, `--cache-size=${CACHE_SIZE}`];
  const command = ['dnsmasq', ...alone, '--bind-interfaces', ...listen, ...upstream, sets];
  let ended: Error | undefined;
  stage.run('router', command).catch((error: Error) => {
    ended = error;
  });
  const question = {
    server: ROUTER_LAN[0],
    name: `ready.${ROTATING_DOMAIN}`,
    type: 'A',
    timeoutMs: 200,
  } as const;
  await until('dnsmasq answers', START_MS, async () => {
    if (ended !== undefined) throw ended;
    return (await stage.plex.do('question', question)) !== 'silent';
  });
}

/** More than it can be asked for. */
const CACHE_SIZE = 10_000;
const START_MS = 10_000;
/** Milliseconds: above a SYN's way there and back on a busy machine, and below its first repetition (1 s, RFC 6298). */
const SYN_MS = 800;
/** Milliseconds a client waits for an answer; the deadline of the gate is below it. */
const ANSWER_MS = 6_000;
