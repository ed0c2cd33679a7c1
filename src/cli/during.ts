const TICK_MS = 1000;

/** One line on standard error that counts the seconds and goes when the work is done; silent where nobody looks. */
export async function during<T>(what: string, work: Promise<T>): Promise<T> {
  if (process.stderr.isTTY !== true) return work;
  const startedAt = performance.now();
  const show = () =>
    process.stderr.write(`\r${what} … ${Math.round((performance.now() - startedAt) / 1000)} s`);
  show();
  const ticking = setInterval(show, TICK_MS);
  try {
    return await work;
  } finally {
    clearInterval(ticking);
    process.stderr.write('\r\x1b[K');
  }
}
