/**
 * Values by two keys, where most outer keys have one inner key: that one needs no map of its own, which would be 300 octets
 * for each of thousands.
 */
export class MultiMap<Outer, Inner, Value> {
  readonly #byOuter = new Map<Outer, One<Inner, Value> | Map<Inner, Value>>();

  /** Of one outer key, in the order in which they were first set. */
  of(outer: Outer): readonly Value[] {
    const found = this.#byOuter.get(outer);
    if (found === undefined) return [];
    return found instanceof Map ? [...found.values()] : [found.value];
  }

  has(outer: Outer, inner: Inner): boolean {
    const found = this.#byOuter.get(outer);
    return found instanceof Map ? found.has(inner) : found?.inner === inner;
  }

  sizeOf(outer: Outer): number {
    const found = this.#byOuter.get(outer);
    if (found === undefined) return 0;
    return found instanceof Map ? found.size : 1;
  }

  outerKeys(): Iterable<Outer> {
    return this.#byOuter.keys();
  }

  set(outer: Outer, inner: Inner, value: Value): void {
    const found = this.#byOuter.get(outer);
    if (found instanceof Map) found.set(inner, value);
    else if (found === undefined) this.#byOuter.set(outer, { inner, value });
    else if (found.inner === inner) found.value = value;
    else
      this.#byOuter.set(
        outer,
        new Map([
          [found.inner, found.value],
          [inner, value],
        ]),
      );
  }

  delete(outer: Outer, inner: Inner): void {
    const found = this.#byOuter.get(outer);
    if (found === undefined) return;
    if (!(found instanceof Map)) {
      if (found.inner === inner) this.#byOuter.delete(outer);
      return;
    }
    found.delete(inner);
    if (found.size > 1) return;
    for (const [last, value] of found) this.#byOuter.set(outer, { inner: last, value });
  }
}

interface One<Inner, Value> {
  readonly inner: Inner;
  value: Value;
}
