import { type ErrorCode, KnownError } from '../base/errors.ts';
import type { Port } from './port.ts';

export interface RpcRequest {
  readonly id: number;
  readonly method: string;
  readonly input: unknown;
}

export type RpcReply =
  | { readonly id: number; readonly result: unknown }
  | {
      readonly id: number;
      readonly error: { readonly code?: ErrorCode; readonly message: string; readonly hint?: string };
    };

/** Serves the functions of `methods` on a port, one call after the other as they come; one that has to wait lets the next begin. */
export function serveRpc(
  port: Port<RpcRequest, RpcReply>,
  methods: Readonly<Record<string, (input: never) => unknown>>,
  onBug: (error: unknown) => void,
): void {
  port.listen(({ id, method, input }) => {
    const failed = (error: unknown) => {
      if (!(error instanceof KnownError)) onBug(error);
      port.post({ id, error: plainError(error) });
    };
    try {
      const call = methods[method];
      if (call === undefined) throw new Error(`no such report: ${method}`);
      const result = call(input as never);
      if (result instanceof Promise)
        result.then((late: unknown) => port.post({ id, result: late })).catch(failed);
      else port.post({ id, result });
    } catch (error) {
      failed(error);
    }
  });
}

export interface RpcClient {
  connect(port: Port<RpcReply, RpcRequest>): void;
  /** The thread that served is gone: nobody will answer what was asked of it. */
  disconnected(): void;
  call<Result>(method: string, input: unknown): Promise<Result>;
}

/**
 * The other end. Calls made while no thread serves fail with not-ready, so that nobody waits for ever; with `onAway`, which
 * sends for the thread, they wait until it has come or crashed.
 */
export function createRpcClient({ onAway }: { readonly onAway?: () => void } = {}): RpcClient {
  let port: Port<RpcReply, RpcRequest> | undefined;
  let nextId = 0;
  const waiting = new Map<number, { resolve: (result: never) => void; reject: (error: Error) => void }>();
  let unsent: RpcRequest[] = [];
  const disconnected = () => {
    port = undefined;
    unsent = [];
    for (const { reject } of waiting.values()) reject(notReady());
    waiting.clear();
  };
  return {
    disconnected,
    connect(newPort) {
      const toSend = unsent;
      unsent = [];
      for (const [id, { reject }] of waiting) {
        if (toSend.some((request) => request.id === id)) continue;
        waiting.delete(id);
        reject(notReady());
      }
      port = newPort;
      newPort.listen((reply) => {
        const call = waiting.get(reply.id);
        if (call === undefined) return;
        waiting.delete(reply.id);
        if ('result' in reply) call.resolve(reply.result as never);
        else call.reject(errorFrom(reply.error));
      });
      for (const request of toSend) newPort.post(request);
    },
    call(method, input) {
      if (port === undefined && onAway === undefined) return Promise.reject(notReady());
      const request = { id: ++nextId, method, input };
      if (port === undefined) {
        unsent.push(request);
        onAway?.();
      } else port.post(request);
      return new Promise((resolve, reject) => waiting.set(request.id, { resolve, reject }));
    },
  };
}

function notReady(): KnownError {
  return new KnownError('not-ready', 'reports are not ready yet', { hint: 'Try again in a second.' });
}

function plainError(error: unknown): { code?: ErrorCode; message: string; hint?: string } {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof KnownError)) return { message };
  return { code: error.code, message, ...(error.hint === undefined ? {} : { hint: error.hint }) };
}

function errorFrom({ code, message, hint }: { code?: ErrorCode; message: string; hint?: string }): Error {
  if (code === undefined) return new Error(message);
  return new KnownError(code, message, hint === undefined ? {} : { hint });
}
