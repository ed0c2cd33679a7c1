/** What came in on a stream and was not taken out yet: messages, each behind its length in two octets (RFC 1035 section 4.2.2). */
export interface Received {
  push(chunk: Buffer): void;
  /** Takes the next whole message out; undefined while it is not all there. */
  next(): Buffer | undefined;
  /** Octets held. */
  octets(): number;
}

/** Messages are cut out one by one, so that a chunk of thousands costs no more memory than its octets. */
export function createReceived(): Received {
  let chunks: Buffer[] = [];
  let octets = 0;
  /** Octets without which nothing can be taken out: the length, then length and message. */
  let needed = LENGTH_OCTETS;

  const joined = (): Buffer => {
    const all = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, octets);
    // A few octets must not keep a whole read of the socket in memory.
    const own = all.buffer.byteLength > all.length + SLACK_OCTETS ? Buffer.from(all) : all;
    chunks = [own];
    return own;
  };

  return {
    push(chunk) {
      chunks.push(chunk);
      octets += chunk.length;
      if (chunks.length >= MAX_CHUNKS) joined();
    },
    next() {
      if (octets < needed) return undefined;
      const all = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : joined();
      const end = LENGTH_OCTETS + all.readUInt16BE(0);
      if (octets < end) {
        needed = end;
        joined();
        return undefined;
      }
      octets -= end;
      needed = LENGTH_OCTETS;
      chunks = octets === 0 ? [] : [all.subarray(end)];
      return all.subarray(LENGTH_OCTETS, end);
    },
    octets: () => octets,
  };
}

const LENGTH_OCTETS = 2;
/** Pieces kept apart: a client that sends octet by octet costs a join now and then, and no object for each octet. */
const MAX_CHUNKS = 64;
/** Octets that what is held may waste of the memory it lies in: that of Node's shared pool. */
const SLACK_OCTETS = 8192;
