/** The example script of docs/firewalls.md, run as it stands there, with a pfctl that keeps its table in a file. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const GUIDE = new URL('../../../docs/firewalls.md', import.meta.url);

/** As much of pfctl as the script calls: show and replace. */
const PFCTL = `#!/bin/sh
table="$PFCTL_DIR/$3"
case "$5" in
  show) if [ -f "$table" ]; then sed 's/^/   /' "$table"; fi ;;
  replace) grep -v '^$' > "$table.new" || true; mv "$table.new" "$table" ;;
esac
`;

export async function scriptOfTheGuide(alias: string) {
  const source = /^```python\n([\s\S]*?)^```$/m.exec(readFileSync(GUIDE, 'utf8'))?.[1];
  if (source === undefined) throw new Error('docs/firewalls.md has no script');
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-webhook-'));
  const pfctl = join(folder, 'pfctl');
  writeFileSync(pfctl, PFCTL);
  chmodSync(pfctl, 0o755);
  const secret = 'guide-script-secret-0123456789';
  const child = spawn('python3', ['-c', source], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: {
      PATH: `${folder}:${process.env['PATH']}`,
      PFCTL_DIR: folder,
      SECRET: secret,
      TABLE: alias,
      LISTEN: '127.0.0.1',
      PORT: '0',
    },
  });
  const exited = once(child, 'exit');
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  const port = /\d+$/.exec(String(line))?.[0];
  return {
    url: `http://127.0.0.1:${port}/`,
    secret,
    /** It is there, and does nothing. */
    freeze: () => void child.kill('SIGSTOP'),
    async stop() {
      child.kill('SIGKILL');
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
