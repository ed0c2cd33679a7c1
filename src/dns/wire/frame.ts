/** Messages on a stream: each behind its length in two octets (RFC 1035 section 4.2.2). */

/** Length and message in one piece, so that they leave in one segment (RFC 7766 section 8). */
export function frameMessage(message: Buffer): Buffer {
  const framed = Buffer.allocUnsafe(2 + message.length);
  framed.writeUInt16BE(message.length, 0);
  message.copy(framed, 2);
  return framed;
}

export interface FrameReader {
  /** The messages that are whole now, in order. */
  push(chunk: Buffer): readonly Buffer[];
  /** True between the first octet of a message and its last. */
  isInside(): boolean;
}

/** Joins what a stream cut; holds what has come, never what a length promises. */
export function createFrameReader(): FrameReader {
  let chunks: Buffer[] = [];
  let held = 0;
  /** Octets needed before anything can be taken out: the length, then length and message. */
  let needed = 2;

  return {
    push(chunk) {
      chunks.push(chunk);
      held += chunk.length;
      const messages: Buffer[] = [];
      while (held >= needed) {
        const joined = chunks.length === 1 ? (chunks[0] ?? chunk) : Buffer.concat(chunks);
        chunks = [joined];
        const end = 2 + joined.readUInt16BE(0);
        if (held < end) {
          needed = end;
          break;
        }
        messages.push(joined.subarray(2, end));
        chunks = [joined.subarray(end)];
        held -= end;
        needed = 2;
      }
      return messages;
    },
    isInside: () => held > 0,
  };
}
