/**
 * Keys, each with the moment it is due; the first due is found without looking at the others (a binary heap).
 * A key that is given another moment leaves its old place behind, which is passed over when it is met.
 */
export class DueQueue<K> {
  readonly #placeOf = new Map<K, Place<K>>();
  #heap: Place<K>[] = [];

  get size(): number {
    return this.#placeOf.size;
  }

  has(key: K): boolean {
    return this.#placeOf.has(key);
  }

  /** When the key is due; undefined: it is not here. */
  dueAt(key: K): number | undefined {
    return this.#placeOf.get(key)?.at;
  }

  set(key: K, at: number): void {
    if (this.dueAt(key) === at) return;
    const place = { key, at };
    this.#placeOf.set(key, place);
    this.#heap.push(place);
    this.#rise(this.#heap.length - 1);
    if (this.#heap.length > 2 * this.#placeOf.size + SPARE_PLACES) this.#sweep();
  }

  /** The new key is due when the old one was, in its place. */
  replace(old: K, key: K): void {
    const place = this.#placeOf.get(old);
    if (place === undefined) return;
    this.#placeOf.delete(old);
    place.key = key;
    this.#placeOf.set(key, place);
  }

  delete(key: K): void {
    this.#placeOf.delete(key);
  }

  /** The moment of the first that is due; undefined: there is none. */
  next(): number | undefined {
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (this.#placeOf.get(first.key) === first) return first.at;
      this.#removeFirst();
    }
    return undefined;
  }

  /** Takes out the first that is due by `now`; undefined: none is. */
  take(now: number): K | undefined {
    const at = this.next();
    const first = this.#heap[0];
    if (at === undefined || first === undefined || at > now) return undefined;
    this.#removeFirst();
    this.#placeOf.delete(first.key);
    return first.key;
  }

  #removeFirst(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink(0);
  }

  /** Makes a new heap of what is still to come: places left behind must not outnumber it. */
  #sweep(): void {
    // Sorted is in heap order.
    this.#heap = [...this.#placeOf.values()].sort((a, b) => a.at - b.at);
  }

  #rise(from: number): void {
    const heap = this.#heap;
    for (let at = from; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (this.#at(parent) <= this.#at(at)) return;
      swap(heap, parent, at);
      at = parent;
    }
  }

  #sink(from: number): void {
    for (let at = from; ; ) {
      const left = 2 * at + 1;
      const smaller = this.#at(left + 1) < this.#at(left) ? left + 1 : left;
      if (this.#at(at) <= this.#at(smaller)) return;
      swap(this.#heap, at, smaller);
      at = smaller;
    }
  }

  #at(place: number): number {
    return this.#heap[place]?.at ?? Number.POSITIVE_INFINITY;
  }
}

interface Place<K> {
  key: K;
  readonly at: number;
}

/** Places left behind that are borne before the heap is made anew. */
const SPARE_PLACES = 64;

function swap<T>(list: T[], a: number, b: number): void {
  const [first, second] = [list[a], list[b]];
  if (first === undefined || second === undefined) return;
  list[a] = second;
  list[b] = first;
}
