/** The process: reads the configuration, takes the data directory, starts the house, and ends it on a signal. */
import { startApp } from './app.ts';
import { KnownError } from './base/errors.ts';
import { createLog } from './base/log.ts';
import { helpersGiveWay } from './plane/niceness.ts';
import { exitCodeOf, start } from './start.ts';

const say = (lines: readonly string[]) => {
  process.stderr.write(`${lines.join('\n')}\n`);
};

// Secrets may be in the environment; a diagnostic report that somebody asked for (NODE_OPTIONS) must not carry them on.
process.report.excludeEnv = true;

helpersGiveWay();

try {
  const { lock, ...prepared } = await start(process.argv.slice(2));
  const log = createLog(prepared.logLevel, 'main');
  const app = startApp({ ...prepared, log, say });

  let stopping = false;
  const stop = (signal: string) => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'stopping');
    void app.stop().then(() => {
      lock.release();
      log.info('stopped');
      process.exit(0);
    });
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  process.on('SIGHUP', () => app.hangup());
  await app.started;
} catch (error) {
  if (!(error instanceof KnownError)) throw error;
  say([`Sallyport cannot start: ${error.message}`, ...(error.hint === undefined ? [] : [error.hint])]);
  process.exit(exitCodeOf(error));
}
