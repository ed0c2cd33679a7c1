/**
 * The process: a supervisor that starts the planes, joins them, starts a crashed one again, and stops them in order.
 * It owns nothing they need to work, so that an error in one of them stops no other.
 */
import { MessageChannel, type Worker } from 'node:worker_threads';
import type { ClockOrigin } from './base/clock.ts';
import type { Log, LogLevel } from './base/log.ts';
import type { FromWorker, PlaneName, PlaneState, ToFirst, ToWorker } from './plane/supervision.ts';
import { type Entries, spawnThread, THREADS, type ThreadSpec } from './threads.ts';

export interface AppOptions<Config> {
  readonly log: Log;
  readonly logLevel: LogLevel;
  readonly config: Config;
  readonly clockOrigin: ClockOrigin;
  /** The control thread as it was started first; it waits for a word to go on. */
  readonly control: Worker;
  readonly say: (lines: readonly string[]) => void;
  readonly entries?: Entries;
}

export interface App {
  /** Resolves when every plane that always runs is ready, or as ready as it will be. */
  readonly started: Promise<void>;
  /** SIGHUP: every thread may look at its files again. */
  hangup(): void;
  /** Stops listening first, then writes what is left; resolves when all threads have ended. */
  stop(): Promise<void>;
}

/** A worker that crashes is back within a second, most of which it takes to load; one that crashes at once gets more time. */
const FIRST_RESTART_MS = 20;
const LAST_RESTART_MS = 30_000;
/** A worker that ran this long and crashed is not one that crashes at once. */
const STEADY_MS = 60_000;
/** What a worker gets to drain before it is ended. */
const STOP_LIMIT_MS = 8000;

interface Plane extends ThreadSpec {
  wanted: boolean;
  worker: Worker | undefined;
  state: PlaneState['state'];
  restarts: number;
  restartMs: number;
  startedAt: number;
  crashedAt: number;
  kept: unknown;
}

export function startApp<Config>(options: AppOptions<Config>): App {
  const { log, logLevel, config, clockOrigin, say, entries } = options;
  const planes = THREADS.map(
    (thread): Plane => ({
      ...thread,
      worker: undefined,
      state: thread.onDemand ? 'resting' : 'starting',
      wanted: !thread.onDemand,
      restarts: 0,
      kept: undefined,
      restartMs: FIRST_RESTART_MS,
      startedAt: 0,
      crashedAt: 0,
    }),
  );
  let stopping = false;

  const start = (name: PlaneName): Promise<void> => {
    const plane = find(name);
    return watch(
      plane,
      spawnThread({ plane: name, clockOrigin, logLevel, config, kept: plane.kept }, entries),
    );
  };

  /** Resolves when the thread is ready, or has ended. */
  const watch = (plane: Plane, worker: Worker): Promise<void> => {
    plane.worker = worker;
    plane.state = 'starting';
    plane.startedAt = performance.now();
    worker.on('error', (error) => log.error({ err: error, plane: plane.name }, 'a thread crashed'));
    worker.once('exit', () => gone(plane, worker));
    return new Promise((resolve) => {
      worker.once('exit', () => resolve());
      worker.on('message', (message: FromWorker) => {
        switch (message.kind) {
          case 'keep':
            plane.kept = message.value;
            break;
          case 'say':
            say(message.lines);
            break;
          case 'wanted':
          case 'unwanted':
            need(message.plane, message.kind === 'wanted');
            break;
          case 'ready':
            ready(plane);
            resolve();
        }
      });
    });
  };

  const ready = (plane: Plane) => {
    plane.state = 'running';
    if (plane.crashedAt > 0) {
      const awayMs = Math.round(performance.now() - plane.crashedAt);
      log.info({ plane: plane.name, awayMs }, 'a thread runs again');
      plane.crashedAt = 0;
    }
    connect(plane);
    if (!plane.wanted) rest(plane);
    tellStates();
  };

  /** One that is on its way up or down is looked at again when it has come there. */
  const need = (name: PlaneName, wanted: boolean) => {
    const plane = find(name);
    if (stopping || !plane.onDemand) return;
    plane.wanted = wanted;
    if (wanted && plane.state === 'resting' && plane.worker === undefined) void start(name);
    if (!wanted && plane.state === 'running') rest(plane);
    tellStates();
  };

  const rest = (plane: Plane) => {
    void end(plane);
    plane.state = 'resting';
  };

  /** New channels to every peer that runs; the peers drop the old ones. */
  const connect = (plane: Plane) => {
    for (const other of planes) {
      if (other.state !== 'running' || other === plane || !plane.peers.includes(other.name)) continue;
      const { port1, port2 } = new MessageChannel();
      tell(plane, { kind: 'peer', plane: other.name, port: port1 });
      tell(other, { kind: 'peer', plane: plane.name, port: port2 });
    }
  };

  const gone = (plane: Plane, worker: Worker) => {
    if (plane.worker !== worker) return;
    plane.worker = undefined;
    if (stopping) return;
    if (plane.state === 'resting') {
      if (plane.wanted) void start(plane.name);
      return;
    }
    for (const other of planes) tell(other, { kind: 'gone', plane: plane.name });
    plane.state = 'crashed';
    plane.crashedAt = performance.now();
    plane.restarts++;
    if (performance.now() - plane.startedAt > STEADY_MS) plane.restartMs = FIRST_RESTART_MS;
    log.warn({ plane: plane.name, inMs: plane.restartMs }, 'starting a thread again');
    setTimeout(() => stopping || void start(plane.name), plane.restartMs);
    plane.restartMs = Math.min(plane.restartMs * 2, LAST_RESTART_MS);
    tellStates();
  };

  const tellStates = () => {
    const states = planes.map(({ name, state, restarts }): PlaneState => ({ name, state, restarts }));
    for (const plane of planes) tell(plane, { kind: 'planes', planes: states });
  };

  const find = (name: PlaneName): Plane => {
    const plane = planes.find((one) => one.name === name);
    if (plane === undefined) throw new Error(`there is no thread named ${name}`);
    return plane;
  };

  // What is answered comes first; lines of the log wait in the data thread until theirs has come.
  const answering = Promise.all([watch(find('control'), options.control), start('data')]);
  const started = answering.then(() => start('log'));
  const go: ToFirst = 'go';
  options.control.postMessage(go);

  return {
    started,
    hangup() {
      for (const plane of planes) tell(plane, { kind: 'hangup' });
    },
    async stop() {
      stopping = true;
      for (const plane of planes.toReversed()) await end(plane);
    },
  };
}

function tell(plane: Plane, message: ToWorker): void {
  if (plane.state !== 'running') return;
  plane.worker?.postMessage(message, message.kind === 'peer' ? [message.port] : []);
}

async function end({ worker }: Plane): Promise<void> {
  if (worker === undefined) return;
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  const message: ToWorker = { kind: 'stop' };
  worker.postMessage(message);
  const limit = setTimeout(() => void worker.terminate(), STOP_LIMIT_MS);
  await ended;
  clearTimeout(limit);
}
