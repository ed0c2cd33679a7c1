#!/usr/bin/env node
// The `sallyport` command, from whatever folder it is called. Plain JavaScript, so that an old Node can hand over to the one `npm ci` brought.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

const NEEDED = 26;
const main = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
const bundled = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url));

if (Number.parseInt(process.versions.node, 10) >= NEEDED) {
  process.argv = [process.argv[0], main, ...process.argv.slice(2)];
  await import(pathToFileURL(main).href);
} else if (existsSync(bundled)) {
  const child = spawn(bundled, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => console.error(`The Node in ${bundled} did not start: ${error.message}`));
  child.on('close', (code) => {
    process.exitCode = code ?? 1;
  });
} else {
  console.error(
    `sallyport needs Node ${NEEDED} or newer; this is ${process.version}. On Linux x64 and arm64 \`npm ci\` in its folder brings it; elsewhere install Node ${NEEDED}.`,
  );
  process.exitCode = 1;
}
