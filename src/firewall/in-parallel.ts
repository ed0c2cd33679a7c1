/**
 * Works through what it is handed, so many at a time, and takes the next when one is done. The first failure stops the rest: it is
 * nearly always the same one for all.
 */
export async function inParallel<T>(
  items: Iterable<T>,
  most: number,
  signal: AbortSignal,
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failed = new AbortController();
  const stop = AbortSignal.any([signal, failed.signal]);
  const queue = Iterator.from(items);
  const worker = async () => {
    for (const item of queue) await work(item, stop);
  };
  const workers = Array.from({ length: most }, worker);
  try {
    await Promise.all(workers);
  } catch (error) {
    failed.abort(error);
    // None of them is to meet the next call of the driver.
    await Promise.allSettled(workers);
    throw error;
  }
}
