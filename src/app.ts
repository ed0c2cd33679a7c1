/**
 * The process: a supervisor that starts the planes, joins them, starts a crashed one again, and stops them in order.
 * It owns nothing they need to work, so that an error in one of them stops no other.
 */
import { MessageChannel, Worker } from 'node:worker_threads';
import { clockOrigin } from './base/clock.ts';
import type { Log, LogLevel } from './base/log.ts';
import type { FromWorker, PlaneName, PlaneState, ToWorker, WorkerStart } from './plane/supervision.ts';

export interface AppOptions<Config> {
  readonly log: Log;
  readonly logLevel: LogLevel;
  readonly config: Config;
  readonly say: (lines: readonly string[]) => void;
  /** The program of each thread; a test puts one of its own in the place of one. */
  readonly entries?: Readonly<Partial<Record<PlaneName, URL>>>;
}

export interface App {
  /** Resolves when every plane is ready, or as ready as it will be. */
  readonly started: Promise<void>;
  /** Stops listening first, then writes what is left; resolves when all threads have ended. */
  stop(): Promise<void>;
}

/** They stop in the reverse order, so that nothing is told that nobody writes down. */
const PLANES: readonly {
  readonly name: PlaneName;
  readonly entry: string;
  readonly peers: readonly PlaneName[];
}[] = [
  { name: 'log', entry: './log-thread.ts', peers: ['data'] },
  { name: 'query', entry: './query-thread.ts', peers: ['control'] },
  { name: 'control', entry: './control-thread.ts', peers: ['data', 'query'] },
  { name: 'data', entry: './data-thread.ts', peers: ['control', 'log'] },
];

/**
 * Megabytes of each thread's heap, for objects that are new and for those that stay. V8 goes by them: where a machine has
 * gigabytes to spare, it would let four heaps of garbage grow before it collects. Each question makes garbage in the data
 * thread and each new address in the control thread, so a young generation as small as the others' would be collected all
 * the time. (V8's flag for it, on the command line, would overrule these.)
 */
const HEAP_LIMITS: Record<PlaneName, { maxYoungGenerationSizeMb: number; maxOldGenerationSizeMb: number }> = {
  data: { maxYoungGenerationSizeMb: 15, maxOldGenerationSizeMb: 512 },
  control: { maxYoungGenerationSizeMb: 9, maxOldGenerationSizeMb: 512 },
  log: { maxYoungGenerationSizeMb: 6, maxOldGenerationSizeMb: 256 },
  query: { maxYoungGenerationSizeMb: 6, maxOldGenerationSizeMb: 256 },
};

/** A worker that crashes is back within a second, most of which it takes to load; one that crashes at once gets more time. */
const FIRST_RESTART_MS = 20;
const LAST_RESTART_MS = 30_000;
/** A worker that ran this long and crashed is not one that crashes at once. */
const STEADY_MS = 60_000;
/** What a worker gets to drain before it is ended. */
const STOP_LIMIT_MS = 8000;

interface Plane {
  readonly name: PlaneName;
  readonly entry: string;
  readonly peers: readonly PlaneName[];
  worker: Worker | undefined;
  state: PlaneState['state'];
  restarts: number;
  restartMs: number;
  startedAt: number;
  crashedAt: number;
}

export function startApp<Config>({ log, logLevel, config, say, entries = {} }: AppOptions<Config>): App {
  const origin = clockOrigin();
  const planes = PLANES.map(
    (plane): Plane => ({
      ...plane,
      worker: undefined,
      state: 'starting',
      restarts: 0,
      restartMs: FIRST_RESTART_MS,
      startedAt: 0,
      crashedAt: 0,
    }),
  );
  let stopping = false;

  const start = (plane: Plane): Promise<void> => {
    const workerData: WorkerStart<Config> = { plane: plane.name, clockOrigin: origin, logLevel, config };
    const entry = entries[plane.name] ?? new URL(plane.entry, import.meta.url);
    const resourceLimits = HEAP_LIMITS[plane.name];
    const worker = new Worker(entry, { workerData, name: plane.name, resourceLimits });
    plane.worker = worker;
    plane.state = 'starting';
    plane.startedAt = performance.now();
    worker.on('error', (error) => log.error({ err: error, plane: plane.name }, 'a thread crashed'));
    worker.once('exit', () => gone(plane, worker));
    return new Promise((resolve) => {
      worker.once('exit', () => resolve());
      worker.on('message', (message: FromWorker) => {
        if (message.kind === 'say') say(message.lines);
        if (message.kind !== 'ready') return;
        plane.state = 'running';
        if (plane.restarts > 0) {
          const awayMs = Math.round(performance.now() - plane.crashedAt);
          log.info({ plane: plane.name, awayMs }, 'a thread runs again');
        }
        connect(plane);
        tellStates();
        resolve();
      });
    });
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
    plane.state = 'crashed';
    plane.crashedAt = performance.now();
    if (stopping) return;
    for (const other of planes) tell(other, { kind: 'gone', plane: plane.name });
    plane.restarts++;
    if (performance.now() - plane.startedAt > STEADY_MS) plane.restartMs = FIRST_RESTART_MS;
    log.warn({ plane: plane.name, inMs: plane.restartMs }, 'starting a thread again');
    setTimeout(() => stopping || void start(plane), plane.restartMs);
    plane.restartMs = Math.min(plane.restartMs * 2, LAST_RESTART_MS);
    tellStates();
  };

  const tellStates = () => {
    const states = planes.map(({ name, state, restarts }): PlaneState => ({ name, state, restarts }));
    for (const plane of planes) tell(plane, { kind: 'planes', planes: states });
  };

  const started = Promise.all(planes.map(start)).then(() => {});

  return {
    started,
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
