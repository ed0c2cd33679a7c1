import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Operations } from './agent.ts';

/** Asks the agent in a namespace to do something there. */
export interface Agent {
  readonly do: <Name extends keyof Operations>(
    operation: Name,
    args: Parameters<Operations[Name]>[0] extends undefined
      ? Record<string, never>
      : Parameters<Operations[Name]>[0],
  ) => Promise<Awaited<ReturnType<Operations[Name]>>>;
  close(): Promise<void>;
}

export async function startAgent(namespace: string): Promise<Agent> {
  const child = spawn('ip', ['netns', 'exec', namespace, process.execPath, AGENT_FILE], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const waiting = new Map<number, { resolve(value: never): void; reject(error: Error): void }>();
  let lastId = 0;
  let ended = false;
  child.on('exit', (code) => {
    ended = true;
    for (const { reject } of waiting.values()) reject(new Error(`the agent in ${namespace} ended (${code})`));
    waiting.clear();
  });
  await ready(child, namespace);
  child.on('message', (message) => {
    const { id, result, error } = message as { id: number; result?: never; error?: string };
    const call = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) call?.resolve(result as never);
    else call?.reject(new Error(`in ${namespace}: ${error}`));
  });

  return {
    do: (operation, args) =>
      new Promise((resolve, reject) => {
        if (ended) return reject(new Error(`the agent in ${namespace} is gone`));
        lastId += 1;
        waiting.set(lastId, { resolve, reject });
        child.send({ id: lastId, operation, args });
      }),
    close: async () => {
      if (ended) return;
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

const AGENT_FILE = fileURLToPath(new URL('agent.ts', import.meta.url));

async function ready(child: ChildProcess, namespace: string): Promise<void> {
  await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => {
      throw new Error(`the agent in ${namespace} did not start`);
    }),
  ]);
}
