/**
 * The same function, with what it found kept for the next time. For pure functions that are asked for the same few
 * things with every packet. When it knows too many it forgets all of them: what is asked often is soon known again.
 */
export function remembering<Key, Value>(compute: (key: Key) => Value, max: number): (key: Key) => Value {
  const known = new Map<Key, Value>();
  return (key) => {
    const found = known.get(key);
    if (found !== undefined) return found;
    if (known.size >= max) known.clear();
    const value = compute(key);
    known.set(key, value);
    return value;
  };
}
