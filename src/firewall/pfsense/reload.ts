import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { TransientDriverError } from '../../base/errors.ts';
import { type PfsenseClient, unexpectedAnswer } from './client.ts';

/** How patient to be with a filter reload: seconds on a small box, a minute on one with many rules. */
export interface ReloadPatience {
  readonly pollMs: number;
  readonly limitMs: number;
}

/** Reloads the filter and waits until pfSense calls nothing pending any more. */
export async function reloadFilter(
  client: PfsenseClient,
  patience: ReloadPatience,
  signal: AbortSignal,
): Promise<void> {
  const started = performance.now();
  const answer = await client.call(
    { method: 'POST', endpoint: 'firewall/apply', body: {}, timeoutMs: 15_000 },
    signal,
  );
  if (!answer.ok) throw unexpectedAnswer('apply changes', answer);
  for (;;) {
    await sleep(patience.pollMs, undefined, { signal }).catch(() => signal.throwIfAborted());
    const pending = await pendingSubsystems(client, signal);
    if (pending.length === 0) return;
    if (performance.now() - started > patience.limitMs) {
      throw new TransientDriverError(
        `pfSense has not finished its filter reload after ${Math.round(patience.limitMs / 1000)} s (pending: ${pending.join(', ')}): its rules do not load (Status > Filter Reload), or /tmp/FirewallApplyDispatcher.lock was left behind`,
      );
    }
  }
}

/** What was saved, by whomever, and is not in the packet filter yet. */
export async function pendingSubsystems(
  client: PfsenseClient,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const answer = await client.call({ method: 'GET', endpoint: 'firewall/apply', timeoutMs: 10_000 }, signal);
  if (!answer.ok) throw unexpectedAnswer('say whether changes are applied', answer);
  const status = Status.safeParse(answer.data);
  if (!status.success) {
    throw new TransientDriverError('pfSense reports its apply status in a form we do not know', {
      cause: status.error,
    });
  }
  const { applied, pending_subsystems: pending } = status.data;
  return applied || pending.length > 0 ? pending : ['unnamed'];
}

const Status = z.object({ applied: z.boolean(), pending_subsystems: z.array(z.string()) });
