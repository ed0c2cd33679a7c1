import { fileURLToPath } from 'node:url';

/** The presets that come with this version. */
export function catalogFolder(): string {
  return fileURLToPath(new URL('../catalog', import.meta.url));
}
