/** Work in portions, one after the other: a request takes so many, and a person sees how far it is. What came of each. */
export async function inPortions<Item, Answer>(
  items: readonly Item[],
  size: number,
  work: (portion: readonly Item[]) => Promise<Answer>,
  onProgress?: (done: number) => void,
): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  for (let done = 0; done < items.length; done += size) {
    answers.push(await work(items.slice(done, done + size)));
    onProgress?.(Math.min(done + size, items.length));
  }
  return answers;
}

/** The same for each, a few at a time; what fails for one does not keep the others from being done. */
export async function eachInPortions<Item, Answer>(
  items: readonly Item[],
  size: number,
  act: (item: Item) => Promise<Answer>,
): Promise<{ readonly done: readonly Answer[]; readonly problems: readonly unknown[] }> {
  const done: Answer[] = [];
  const problems: unknown[] = [];
  const settle = async (portion: readonly Item[]) => {
    for (const one of await Promise.allSettled(portion.map(act))) {
      if (one.status === 'fulfilled') done.push(one.value);
      else problems.push(one.reason);
    }
  };
  await inPortions(items, size, settle);
  return { done, problems };
}
