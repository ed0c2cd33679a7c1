/** SvcParamKeys of RFC 9460 section 14.3.2 that let a client connect past the gate, or hide the name it connects to. */
const IPV4HINT = 4;
const ECH = 5;
const IPV6HINT = 6;

/**
 * An HTTPS or SVCB record without address hints and ECH (RFC 9460 section 2.2): hints would be addresses nobody leased.
 * Malformed rdata comes back empty of parameters rather than passed on.
 */
export function stripConnectionHints(rdata: Buffer): Buffer {
  const params = endOfTarget(rdata);
  if (params === undefined) return rdata;
  const kept: Buffer[] = [rdata.subarray(0, params)];
  for (let at = params; at + 4 <= rdata.length; ) {
    const key = rdata.readUInt16BE(at);
    const end = at + 4 + rdata.readUInt16BE(at + 2);
    if (end > rdata.length) break;
    if (key !== IPV4HINT && key !== IPV6HINT && key !== ECH) kept.push(rdata.subarray(at, end));
    at = end;
  }
  return Buffer.concat(kept);
}

/** Behind the priority stands the target, a name that is never compressed. */
function endOfTarget(rdata: Buffer): number | undefined {
  let at = 2;
  for (let length = rdata[at]; length !== undefined; length = rdata[at]) {
    if (length > 63) return undefined;
    at += length + 1;
    if (length === 0) return at;
  }
  return undefined;
}
