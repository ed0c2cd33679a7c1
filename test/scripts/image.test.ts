/** The image's own command, as the image would run it: no rights, nothing to write but /data. */
import { once } from 'node:events';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { finalStage, readDockerfile } from './dockerfile.ts';
import { openRoom, type Room } from './image-room.ts';

const image = finalStage(readDockerfile('Dockerfile'));
const [UID] = image.user.split(':').map(Number);

let room: Room;
beforeAll(async () => {
  room = await openRoom(image, image.command);
}, 30_000);
afterAll(() => room.remove());

/** Asks as the container runtime does: again and again, until it is healthy or has ended. */
async function untilHealthy(): Promise<void> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const { code, output } = await room.beside(image.healthcheck);
    if (code === 0) return;
    if (room.process.exitCode !== null || performance.now() > deadline) {
      throw new Error(`not healthy: ${output}\n${room.output()}`);
    }
  }
}

test('it comes up healthy without a firewall and without an upstream', { timeout: 40_000 }, untilHealthy);

test('it has no rights, and the root is read-only to whoever has', async () => {
  const { output } = await room.beside(['cat', `/proc/${room.process.pid}/status`]);
  expect(output).toMatch(new RegExp(`^Uid:\\t${UID}\\t${UID}\\t${UID}\\t${UID}$`, 'm'));
  expect(output).toMatch(/^CapEff:\t0+$/m);
  expect(output).toMatch(/^CapBnd:\t0+$/m);
  expect(output).toMatch(/^NoNewPrivs:\t1$/m);
  const mounts = await room.beside(['cat', `/proc/${room.process.pid}/mounts`]);
  expect(mounts.output).toMatch(/^\S+ \/ \S+ ro[,\s]/m);
});

test('what it keeps is in /data, and belongs to it', async () => {
  const names = await readdir(room.data);
  expect(names.some((name) => name.endsWith('.db'))).toBe(true);
  for (const name of names) expect((await lstat(join(room.data, name))).uid).toBe(UID);
});

test('SIGTERM ends it with 0', async () => {
  room.process.kill('SIGTERM');
  const [code] = await once(room.process, 'exit');
  expect(code, room.output()).toBe(0);
});
