/**
 * Three hosts in namespaces of their own, joined by two wires:
 *
 *   plex 192.168.20.5 ── lan ▶ router ▶ wan ── internet 198.51.100.1-20, name server .53, all of 11.0.0.0/8
 *        2001:db8:20::5        │ forwards nothing but @plex_v4 and @plex_v6           2001:db8:ffff::1-14, ::53, all of 2001:db8:fffe::/48
 *                              └ Sallyport listens here, and owns the two sets
 */
import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';

export const ROUTER_LAN = ['192.168.20.1', '2001:db8:20::1'] as const;
export const PLEX_ADDRESSES = ['192.168.20.5', '2001:db8:20::5'] as const;
/** Not among the hosts: what answers names is on the never-list, and could not be opened. */
export const NAME_SERVER = ['198.51.100.53', '2001:db8:ffff::53'] as const;
const HOSTS = 20;

/** The addresses of host n of the internet, 1 to HOSTS. */
export function host4(n: number): string {
  return `198.51.100.${n}`;
}
export function host6(n: number): string {
  return `2001:db8:ffff::${n.toString(16)}`;
}

/** Where the internet answers on every address: for names that are given a new one each time. */
const ANYWHERE = ['11.0.0.0/8', '2001:db8:fffe::/48'] as const;

export type Role = 'plex' | 'router' | 'internet';

export interface Topology {
  namespace(role: Role): string;
  /** Runs a program to its end; its standard output. Throws with its standard error when it fails. */
  run(role: Role, command: readonly string[], input?: string): Promise<string>;
  remove(): Promise<void>;
}

/** Everything a crashed run of this user left behind goes first. `rules`: what the router does, as nft reads it. */
export async function buildTopology(rules: string = routerRules()): Promise<Topology> {
  await sweep();
  built += 1;
  const id = `${PREFIX}${process.pid}-${built}`;
  const namespace = (role: Role) => `${id}-${role}`;
  const run = (role: Role, command: readonly string[], input?: string) =>
    execute(['ip', 'netns', 'exec', namespace(role), ...command], input);

  try {
    for (const role of ROLES) {
      await mkdir(`/etc/netns/${namespace(role)}`, { recursive: true });
      await writeFile(`/etc/netns/${namespace(role)}/resolv.conf`, RESOLV_CONF[role]);
      // Only DNS: what the machine itself knows of names must not answer for it.
      await writeFile(`/etc/netns/${namespace(role)}/nsswitch.conf`, 'hosts: files dns\n');
      await execute(['ip', 'netns', 'add', namespace(role)]);
      await run(role, ['sysctl', '-qw', ...NO_DAD]);
    }
    await execute(['ip', '-batch', '-'], links(namespace));
    for (const role of ROLES) await execute(['ip', '-n', namespace(role), '-batch', '-'], addresses(role));
    await run('router', ['sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1']);
    await run('router', ['nft', '-f', '-'], rules);
  } catch (error) {
    await removeRun(id);
    throw error;
  }
  return { namespace, run, remove: () => removeRun(id) };
}

export interface RouterOptions {
  /** An address passes when it is in the sets of all of these. */
  readonly aliases?: readonly string[];
  /** After which an element ends that was added without a time of its own; none unless told. */
  readonly elementTimeout?: string;
}

/** The router of a careful owner: nothing from the Plex host passes but to an open address, and DNS to the router itself. */
export function routerRules({ aliases = ['plex'], elementTimeout }: RouterOptions = {}): string {
  const ends = elementTimeout === undefined ? '' : ` timeout ${elementTimeout};`;
  const sets = aliases.flatMap((alias) => [
    `set ${alias}_v4 { type ipv4_addr; flags timeout;${ends} }`,
    `set ${alias}_v6 { type ipv6_addr; flags timeout;${ends} }`,
  ]);
  const inAll = (header: string, family: string) =>
    aliases.map((alias) => `${header} daddr @${alias}_${family}`).join(' ');
  return `
table inet sallyport {
  ${sets.join('\n  ')}
  counter dropped { }
  chain forward {
    type filter hook forward priority filter; policy drop;
    ct state established,related accept
    iifname "lan" ${inAll('ip', 'v4')} accept
    iifname "lan" ${inAll('ip6', 'v6')} accept
    counter name "dropped" drop
  }
  chain input {
    type filter hook input priority filter; policy accept;
    iifname "lan" meta l4proto { tcp, udp } th dport 53 accept
    iifname "lan" meta l4proto ipv6-icmp accept
    iifname "lan" ct state established,related accept
    iifname "lan" drop
  }
}
`;
}

let built = 0;
const PREFIX = 'sallyport-test-';
const ROLES: readonly Role[] = ['plex', 'router', 'internet'];

const RESOLV_CONF: Readonly<Record<Role, string>> = {
  plex: `nameserver ${ROUTER_LAN[0]}\n`,
  router: `nameserver ${NAME_SERVER[0]}\n`,
  internet: `nameserver ${NAME_SERVER[0]}\n`,
};

function links(namespace: (role: Role) => string): string {
  return [
    `link add lan netns ${namespace('router')} type veth peer name eth0 netns ${namespace('plex')}`,
    `link add wan netns ${namespace('router')} type veth peer name eth0 netns ${namespace('internet')}`,
    '',
  ].join('\n');
}

function addresses(role: Role): string {
  const add = (address: string, device: string) =>
    `address add ${address}/${address.includes(':') ? 64 : 24} dev ${device}`;
  const lines = ['link set lo up'];
  if (role === 'router') {
    for (const address of ROUTER_LAN) lines.push(add(address, 'lan'));
    for (const address of ROUTER_WAN) lines.push(add(address, 'wan'));
    lines.push('link set lan up', 'link set wan up');
    for (const [i, prefix] of ANYWHERE.entries()) lines.push(`route add ${prefix} via ${NAME_SERVER[i]}`);
    return `${lines.join('\n')}\n`;
  }
  const own =
    role === 'plex'
      ? PLEX_ADDRESSES
      : [...NAME_SERVER, ...Array.from({ length: HOSTS }, (_, i) => [host4(i + 1), host6(i + 1)]).flat()];
  for (const address of own) lines.push(add(address, 'eth0'));
  lines.push('link set eth0 up');
  if (role === 'internet') for (const prefix of ANYWHERE) lines.push(`route add local ${prefix} dev lo`);
  for (const gateway of role === 'plex' ? ROUTER_LAN : ROUTER_WAN)
    lines.push(`route add default via ${gateway}`);
  return `${lines.join('\n')}\n`;
}

/**
 * Nobody asks whether somebody has a new IPv6 address, the link-local ones included: until they are usable, a second or so,
 * nothing is passed on over IPv6, and a connection fails that no packet filter has dropped.
 */
const NO_DAD = ['all', 'default'].map((which) => `net.ipv6.conf.${which}.accept_dad=0`);

const ROUTER_WAN = ['198.51.100.254', '2001:db8:ffff::fe'] as const;

/** Removes the namespaces of test runs whose process is gone, with what still runs inside them. */
async function sweep(): Promise<void> {
  for (const name of await namespaceNames()) {
    const id = name.match(/^(sallyport-test-(\d+)-\d+)-/);
    if (id?.[1] !== undefined && !isAlive(Number(id[2]))) await removeRun(id[1]);
  }
}

async function removeRun(id: string): Promise<void> {
  for (const name of await namespaceNames()) {
    if (!name.startsWith(`${id}-`)) continue;
    const inside = (await execute(['ip', 'netns', 'pids', name])).split('\n').filter(Boolean);
    for (const pid of inside) kill(Number(pid));
    await execute(['ip', 'netns', 'delete', name]);
  }
  await Promise.all(ROLES.map((role) => rm(`/etc/netns/${id}-${role}`, { recursive: true, force: true })));
}

async function namespaceNames(): Promise<readonly string[]> {
  const lines = (await execute(['ip', 'netns', 'list'])).split('\n');
  return lines.map((line) => line.split(' ')[0] ?? '').filter((name) => name.startsWith(PREFIX));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // Ended by itself meanwhile.
  }
}

const execFileAsync = promisify(execFile);

async function execute(command: readonly string[], input?: string): Promise<string> {
  const [program = '', ...args] = command;
  const running = execFileAsync(program, args, { maxBuffer: 16 * 1_048_576 });
  // A program that ends without reading has its own exit code to say so; the broken pipe adds nothing.
  running.child.stdin?.on('error', () => {});
  if (input === undefined) running.child.stdin?.destroy();
  else running.child.stdin?.end(input);
  return (await running).stdout;
}
