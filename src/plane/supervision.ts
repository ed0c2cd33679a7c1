/** What the supervisor and its workers say to each other. */
import type { MessagePort } from 'node:worker_threads';
import type { ClockOrigin } from '../base/clock.ts';
import type { LogLevel } from '../base/log.ts';

export type PlaneName = 'data' | 'control' | 'log' | 'query';

/** What a worker is started with: plain data, because it crosses threads. */
export interface WorkerStart<Config> {
  readonly plane: PlaneName;
  readonly clockOrigin: ClockOrigin;
  readonly logLevel: LogLevel;
  readonly config: Config;
  /** What the thread asked to have back when it has to be started again. */
  readonly kept?: unknown;
}

/** What the control thread is started with first: it reads the configuration and makes the files ready for all. */
export interface FirstStart {
  readonly plane: 'control';
  readonly clockOrigin: ClockOrigin;
  readonly argv: readonly string[];
}

/** locked: the data directory is this process's. go: whoever listens to a thread listens now. */
export type ToFirst = 'locked' | 'go';

export type ToWorker =
  /** A new channel to another plane, which may have been started afresh. */
  | { readonly kind: 'peer'; readonly plane: PlaneName; readonly port: MessagePort }
  | { readonly kind: 'gone'; readonly plane: PlaneName }
  | { readonly kind: 'planes'; readonly planes: readonly PlaneState[] }
  /** SIGHUP: what is written in files may have changed. */
  | { readonly kind: 'hangup' }
  | { readonly kind: 'stop' };

export type FromWorker =
  | { readonly kind: 'ready' }
  /** A thread that runs on demand is needed, or not any more. */
  | { readonly kind: 'wanted' | 'unwanted'; readonly plane: PlaneName }
  /** The next run of this thread, after a crash, is given it. */
  | { readonly kind: 'keep'; readonly value: unknown }
  /** Said once: whole sentences for the person who started us. */
  | { readonly kind: 'say'; readonly lines: readonly string[] };

export interface PlaneState {
  readonly name: PlaneName;
  /** resting: it is started when it is needed. */
  readonly state: 'running' | 'starting' | 'crashed' | 'resting';
  readonly restarts: number;
}
