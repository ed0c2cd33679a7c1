import { fileURLToPath } from 'node:url';

/** True when this module was started by name (also through scripts/run.mjs) and not imported. */
export function isProgram(moduleUrl: string): boolean {
  return process.argv[1] === fileURLToPath(moduleUrl);
}

/** Resolves when the terminal or a supervisor asks the program to end. */
export function askedToEnd(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}
