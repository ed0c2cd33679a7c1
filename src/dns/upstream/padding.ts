/** Padding of encrypted queries (RFC 7830): all of nearly one length, so that a listener learns little from it. */

/** The query with its OPT, which writeQuery puts last, filled up to a multiple of 128 octets (RFC 8467 section 4.1). */
export function padded(query: Buffer): Buffer {
  const length = Math.ceil((query.length + OPTION_HEADER_OCTETS) / BLOCK_OCTETS) * BLOCK_OCTETS;
  const filled = Buffer.alloc(length);
  query.copy(filled);
  // writeQuery's OPT has no options, so its RDLENGTH is the last it wrote.
  filled.writeUInt16BE(length - query.length, query.length - 2);
  filled.writeUInt16BE(OPTION_PADDING, query.length);
  filled.writeUInt16BE(length - query.length - OPTION_HEADER_OCTETS, query.length + 2);
  return filled;
}

const BLOCK_OCTETS = 128;
const OPTION_PADDING = 12;
const OPTION_HEADER_OCTETS = 4;
