import { setImmediate as nextTurn } from 'node:timers/promises';

/** Lets everything happen that waits for nothing but its turn: promises, and messages between ports. */
export async function settle(turns = 10): Promise<void> {
  for (let i = 0; i < turns; i++) await nextTurn();
}

/** Waits until `condition` holds, turn by turn; gives up loudly when it never does. */
export async function until(what: string, condition: () => boolean, turns = 5000): Promise<void> {
  for (let i = 0; i < turns; i++) {
    if (condition()) return;
    await nextTurn();
  }
  throw new Error(`never came true: ${what}`);
}
