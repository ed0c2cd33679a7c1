/** What every worker thread does: take its start data, meet its peers, stop when told. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { type Clock, systemClock } from '../base/clock.ts';
import { createLog, type Log } from '../base/log.ts';
import { giveWay } from './niceness.ts';
import type { FromWorker, PlaneName, PlaneState, ToWorker, WorkerStart } from './supervision.ts';

export interface WorkerHooks {
  readonly peer: (plane: PlaneName, port: MessagePort) => void;
  readonly gone?: (plane: PlaneName) => void;
  readonly planes?: (planes: readonly PlaneState[]) => void;
  /** What is written in files may have changed. */
  readonly hangup?: () => void;
  /** Writes what is left and closes everything; the thread ends by itself afterwards. */
  readonly stop: () => void | Promise<void>;
}

export interface WorkerContext<Config> {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  /** What the run before a crash asked to be kept. */
  readonly kept: unknown;
  readonly keep: (value: unknown) => void;
  readonly say: (lines: readonly string[]) => void;
  /** Asks for a thread that runs on demand, or says that it is not needed any more. */
  readonly need: (kind: 'wanted' | 'unwanted', plane: PlaneName) => void;
}

/** Runs `start` in a worker thread and reports it ready; a rejected start ends the thread, and the supervisor tries again. */
export function runWorker<Config>(
  start: (context: WorkerContext<Config>) => WorkerHooks | Promise<WorkerHooks>,
  options: {
    /** In place of what the thread was given, where it worked that out itself. */
    readonly given?: WorkerStart<Config>;
  } = {},
): void {
  const parent = parentPort;
  if (parent === null) throw new Error('this file is started as a worker thread by src/app.ts');
  const { plane, clockOrigin, logLevel, config, kept } = options.given ?? (workerData as WorkerStart<Config>);
  const post = (message: FromWorker) => parent.postMessage(message);
  const log = createLog(logLevel, plane);
  giveWay(plane);

  const hooks = (async () =>
    start({
      config,
      clock: systemClock(clockOrigin),
      log,
      kept,
      keep: (value) => post({ kind: 'keep', value }),
      say: (lines) => post({ kind: 'say', lines }),
      need: (kind, other) => post({ kind, plane: other }),
    }))();
  parent.on('message', (message: ToWorker) => void hooks.then((started) => obey(started, message)));
  hooks.then(
    () => post({ kind: 'ready' }),
    (error: unknown) => {
      log.fatal({ err: error }, 'this thread cannot start');
      process.exit(1);
    },
  );
}

function obey(hooks: WorkerHooks, message: ToWorker): void {
  switch (message.kind) {
    case 'peer':
      hooks.peer(message.plane, message.port);
      break;
    case 'gone':
      hooks.gone?.(message.plane);
      break;
    case 'planes':
      hooks.planes?.(message.planes);
      break;
    case 'hangup':
      hooks.hangup?.();
      break;
    case 'stop':
      void Promise.resolve(hooks.stop()).finally(() => process.exit(0));
      break;
  }
}
