/** Works through a list, so many at a time. The first failure stops the rest: it is nearly always the same one for all. */
export async function inParallel<T>(
  items: readonly T[],
  most: number,
  signal: AbortSignal,
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failed = new AbortController();
  const stop = AbortSignal.any([signal, failed.signal]);
  const queue = items.values();
  const worker = async () => {
    for (const item of queue) await work(item, stop);
  };
  try {
    await Promise.all(Array.from({ length: Math.min(most, items.length) }, worker));
  } catch (error) {
    failed.abort(error);
    throw error;
  }
}
