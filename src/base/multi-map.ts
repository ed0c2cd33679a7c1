/**
 * Values by two keys, of which a value itself says the inner one. Where most outer keys have one inner key, that one needs no map
 * of its own, which would be 300 octets for each of thousands.
 */
export class MultiMap<Outer, Inner, Value extends object> {
  readonly #innerOf: (value: Value) => Inner;
  readonly #byOuter = new Map<Outer, Value | Map<Inner, Value>>();

  constructor(innerOf: (value: Value) => Inner) {
    this.#innerOf = innerOf;
  }

  /** Of one outer key, in the order in which they were first set. */
  of(outer: Outer): readonly Value[] {
    const found = this.#byOuter.get(outer);
    if (found === undefined) return [];
    return found instanceof Map ? [...found.values()] : [found];
  }

  get(outer: Outer, inner: Inner): Value | undefined {
    const found = this.#byOuter.get(outer);
    if (found === undefined || found instanceof Map) return found?.get(inner);
    return this.#innerOf(found) === inner ? found : undefined;
  }

  /** Those of the same outer key come one after the other. */
  *values(): Generator<Value> {
    for (const found of this.#byOuter.values()) {
      if (found instanceof Map) yield* found.values();
      else yield found;
    }
  }

  /** The same behind what is in the list already: of thousands, it takes a fraction of the time. */
  addTo(list: Value[]): void {
    for (const found of this.#byOuter.values()) {
      if (!(found instanceof Map)) list.push(found);
      else for (const value of found.values()) list.push(value);
    }
  }

  outerKeys(): Iterable<Outer> {
    return this.#byOuter.keys();
  }

  /** In place of the one with its keys. */
  set(outer: Outer, value: Value): void {
    const found = this.#byOuter.get(outer);
    if (found === undefined) {
      this.#byOuter.set(outer, value);
      return;
    }
    const inner = this.#innerOf(value);
    if (found instanceof Map) {
      found.set(inner, value);
      return;
    }
    const before = this.#innerOf(found);
    const isSame = before === inner;
    this.#byOuter.set(outer, isSame ? value : new Map([[before, found] as const, [inner, value] as const]));
  }

  delete(outer: Outer, inner: Inner): void {
    const found = this.#byOuter.get(outer);
    if (found === undefined) return;
    if (!(found instanceof Map)) {
      if (this.#innerOf(found) === inner) this.#byOuter.delete(outer);
      return;
    }
    found.delete(inner);
    if (found.size > 1) return;
    for (const last of found.values()) this.#byOuter.set(outer, last);
  }
}
