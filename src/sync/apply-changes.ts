import type { Clock } from '../base/clock.ts';
import type { Addition, AliasChanges, Driver } from '../firewall/driver.ts';
import { isEmpty } from './plan.ts';
import { isPortion } from './portions.ts';

/** Has the driver make the changes; returns those it was asked for, which are fewer where additions end because somebody waits. */
export async function applyChanges(
  driver: Pick<Driver, 'apply' | 'addEach'>,
  changes: AliasChanges,
  {
    clock,
    isWaitedFor,
    signal,
  }: { readonly clock: Clock; readonly isWaitedFor: () => boolean; readonly signal: AbortSignal },
): Promise<AliasChanges> {
  if (driver.addEach === undefined || changes.add.length === 0) {
    await driver.apply(changes, signal);
    return changes;
  }
  const began = clock.now();
  const add: Addition[] = [];
  function* portion(): Generator<Addition> {
    for (const addition of changes.add) {
      if (isPortion(add.length, clock.now() - began, isWaitedFor())) return;
      add.push(addition);
      yield addition;
    }
  }
  await driver.addEach(portion(), signal);
  const others = { ...changes, add: [] };
  if (!isEmpty(others)) await driver.apply(others, signal);
  return { ...changes, add };
}
