/**
 * The room a container would give our image, without a container engine: what the Dockerfile copies, on a root that is
 * mounted read-only, with /data and /tmp writable, an ordinary user without capabilities, and a network of its own.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Stage } from './dockerfile.ts';

export interface Room {
  /** The image's command, running; its id outside is its id for nsenter. */
  readonly process: ChildProcess;
  /** Lines and pieces of its two outputs so far. */
  output(): string;
  /** Runs a command beside it: same root, user and network. */
  beside(command: readonly string[]): Promise<{ readonly code: number; readonly output: string }>;
  /** The directory that is /data inside. */
  readonly data: string;
  remove(): Promise<void>;
}

export async function openRoom(image: Stage, command: readonly string[]): Promise<Room> {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-image-'));
  const [root, data] = [join(directory, 'root'), join(directory, 'data')];
  const [uid = 0, gid = 0] = image.user.split(':').map(Number);
  for (const place of ['app', 'data', 'tmp', 'proc', 'dev', 'usr', 'etc', 'node']) {
    await mkdir(join(root, place), { recursive: true });
  }
  await mkdir(data);
  await chown(data, uid, gid);
  await writeFile(join(root, 'etc/resolv.conf'), 'nameserver 192.0.2.53\n');
  for (const { sources, target, from } of image.copies) {
    for (const source of from === undefined ? sources : []) {
      const into = target.endsWith('/') ? join(target, basename(source)) : target;
      await cp(source, join(root, 'app', into), { recursive: true });
    }
  }
  await mkdir(join(root, 'app/node_modules'));

  const env = { PATH: '/node:/usr/bin:/bin', ...image.env };
  const become = ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--no-new-privs'];
  const bare = [...become, '--bounding-set=-all', '--inh-caps=-all'];
  const settings = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const child = spawn(
    'unshare',
    [
      '--mount',
      '--net',
      '--propagation=private',
      'sh',
      '-euc',
      ENTER,
      'sh',
      root,
      data,
      process.execPath,
    ].concat([...bare, 'env', '-i', ...settings, ...command]),
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  return {
    process: child,
    output: () => output,
    data,
    beside: (wanted) =>
      new Promise((resolve) => {
        const enter = [
          '-t',
          String(child.pid),
          '-m',
          '-n',
          `--root=/proc/${child.pid}/root`,
          `--wd=/proc/${child.pid}/root/app`,
        ];
        const inside = [
          'sh',
          '-c',
          'cd /app && exec "$@"',
          'sh',
          ...bare,
          'env',
          '-i',
          ...settings,
          ...wanted,
        ];
        execFile('nsenter', [...enter, ...inside], (error, out, err) =>
          resolve({ code: error === null ? 0 : Number(error.code), output: out + err }),
        );
      }),
    async remove() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** $1 the root, $2 the data directory, $3 the node program; the rest is the command. Every mount goes with the process. */
const ENTER = `
root=$1 data=$2 node=$3; shift 3
ip link set lo up
mount --bind "$root" "$root"
mount --bind /usr "$root/usr"
mount -o remount,bind,ro "$root/usr"
mount --rbind /dev "$root/dev"
mount --rbind /proc "$root/proc"
mount --bind "$PWD/node_modules" "$root/app/node_modules"
mount --bind "$(dirname "$node")" "$root/node"
ln -s usr/bin "$root/bin"; ln -s usr/lib "$root/lib"; ln -s usr/lib64 "$root/lib64"
mount -o remount,bind,ro "$root"
mount --bind "$data" "$root/data"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
exec chroot "$root" sh -c 'cd /app && exec "$@"' sh "$@"
`;
