import { readFileSync } from 'node:fs';

/** Of this Sallyport, as package.json says it. */
export function readVersion(): string {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}
