// Starts a TypeScript file with the Node that `npm ci` brought. Plain JavaScript, so that an old Node can say what is missing.

import module from 'node:module';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const NEEDED = 26;
const [file, ...rest] = process.argv.slice(2);

if (Number.parseInt(process.versions.node, 10) < NEEDED) {
  console.error(
    `Sallyport needs Node ${NEEDED} or newer; this is ${process.version}. On Linux x64 and arm64 \`npm ci\` brings it (then use \`npm start\` or \`npm run\`); elsewhere install Node ${NEEDED}.`,
  );
  process.exit(1);
}
// Halves the time to start: what the threads load is compiled once. Where the folder cannot be written, nothing is lost.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('../node_modules/.cache/compile', import.meta.url));
module.enableCompileCache?.(process.env.NODE_COMPILE_CACHE);
process.argv = [process.argv[0], resolve(file), ...rest];
await import(pathToFileURL(resolve(file)).href);
