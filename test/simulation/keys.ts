/**
 * Two texts as one key, put together once for each pair: of a text that is made anew, as a key of a map, V8 first
 * looks whether it has one like it, and that costs several times what the map does.
 */
export function createPairs(): (first: string, second: string) => string {
  const pairs = new Map<string, Map<string, string>>();
  return (first, second) => {
    let seconds = pairs.get(first);
    if (seconds === undefined) {
      seconds = new Map();
      pairs.set(first, seconds);
    }
    let pair = seconds.get(second);
    if (pair === undefined) {
      pair = `${first} ${second}`;
      seconds.set(second, pair);
    }
    return pair;
  };
}
