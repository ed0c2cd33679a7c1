/** Who has a port: asked when it cannot be bound, so that the message can name the program instead of a riddle. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/**
 * 'dnsmasq (pid 812)', as far as /proc tells: undefined on other systems, and for programs of other users unless we
 * are root (proc(5): /proc/pid/fd is readable by its owner).
 */
export function portHolder(protocol: 'udp' | 'tcp', port: number): string | undefined {
  const inodes = new Set([protocol, `${protocol}6`].flatMap((table) => socketsOn(table, port)));
  if (inodes.size === 0) return undefined;
  const pid = listed('/proc').find((name) => /^\d+$/.test(name) && hasSocket(name, inodes));
  return pid === undefined ? undefined : `${programName(pid)} (pid ${pid})`;
}

/** TCP_LISTEN and, for UDP, TCP_CLOSE: a bound socket without a peer (include/net/tcp_states.h). */
const BOUND_STATES: ReadonlySet<string> = new Set(['0A', '07']);

/** Inodes of the sockets bound to a port; the columns are in proc_net_tcp.txt of the kernel's documentation. */
function socketsOn(table: string, port: number): readonly string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return read(`/proc/net/${table}`)
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local = '', , state = '']) => local.endsWith(suffix) && BOUND_STATES.has(state))
    .map((columns) => columns[9] ?? '');
}

function hasSocket(pid: string, inodes: ReadonlySet<string>): boolean {
  return listed(`/proc/${pid}/fd`).some((fd) => {
    const inode = /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${fd}`))?.[1];
    return inode !== undefined && inodes.has(inode);
  });
}

function programName(pid: string): string {
  return read(`/proc/${pid}/comm`).trim() || 'a program';
}

// What has gone meanwhile, or is not ours to see, tells nothing: that is all it means here.
const listed = (path: string) => orElse<readonly string[]>(() => readdirSync(path), []);
const linkOf = (path: string) => orElse(() => readlinkSync(path), '');
const read = (path: string) => orElse(() => readFileSync(path, 'utf8'), '');

function orElse<T>(look: () => T, nothing: T): T {
  try {
    return look();
  } catch {
    return nothing;
  }
}
