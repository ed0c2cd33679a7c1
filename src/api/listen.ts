import { chmodSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { KnownError } from '../base/errors.ts';
import type { Api } from './server.ts';

const SOCKET_NAME = 'sallyport.sock';

/**
 * Listens on the socket of the data directory. It is bound in a folder only we can enter and moved into place when
 * its mode is right, so nobody gets in between; what a killed process left behind is replaced.
 */
export async function listenOnSocket(app: Api, dataDir: string): Promise<string> {
  const path = join(dataDir, SOCKET_NAME);
  const folder = mkdtempSync(join(dataDir, '.socket-'));
  try {
    const bound = join(folder, 's');
    assertFits(bound, dataDir);
    app.addHook('onClose', async () => rmSync(path, { force: true }));
    await app.listen({ path: bound });
    chmodSync(bound, 0o600);
    renameSync(bound, path);
    return path;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function assertFits(path: string, dataDir: string): void {
  const excess = Buffer.byteLength(path) - MAX_SOCKET_PATH;
  if (excess <= 0) return;
  throw new KnownError(
    'config-invalid',
    `the path of the data directory is too long for a socket: ${dataDir}`,
    {
      hint: `Set SALLYPORT_DATA_DIR to a path that is at least ${excess} characters shorter.`,
    },
  );
}

/** Octets in sockaddr_un.sun_path without the final zero (unix(7)). */
const MAX_SOCKET_PATH = 107;
