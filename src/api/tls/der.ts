/** As much of DER (X.690) as a certificate of our own needs: we write it and never read it, so nothing hostile gets here. */

export function sequence(...parts: readonly Uint8Array[]): Buffer {
  return wrap(0x30, ...parts);
}

export function set(...parts: readonly Uint8Array[]): Buffer {
  return wrap(0x31, ...parts);
}

/** [n] around what has a tag of its own. */
export function explicit(n: number, ...parts: readonly Uint8Array[]): Buffer {
  return wrap(0xa0 | n, ...parts);
}

/** [n] in the place of the tag of a text or of octets. */
export function implicit(n: number, content: Uint8Array): Buffer {
  return wrap(0x80 | n, content);
}

/** Of an unsigned number, most significant octet first. */
export function integer(octets: Uint8Array): Buffer {
  const start = octets.findIndex((octet) => octet !== 0);
  const digits = start < 0 ? Uint8Array.of(0) : octets.subarray(start);
  const isNegative = ((digits[0] ?? 0) & 0x80) !== 0;
  return wrap(0x02, isNegative ? Uint8Array.of(0) : Uint8Array.of(), digits);
}

export function boolean(value: boolean): Buffer {
  return wrap(0x01, Uint8Array.of(value ? 0xff : 0));
}

/** '1.2.840.10045.4.3.2' */
export function objectIdentifier(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  return wrap(0x06, Uint8Array.from([40 * first + second, ...rest].flatMap(base128)));
}

export function utf8String(text: string): Buffer {
  return wrap(0x0c, Buffer.from(text, 'utf8'));
}

export function octetString(content: Uint8Array): Buffer {
  return wrap(0x04, content);
}

export function bitString(content: Uint8Array, unusedBits = 0): Buffer {
  return wrap(0x03, Uint8Array.of(unusedBits), content);
}

/** UTCTime until 2049, GeneralizedTime after (RFC 5280 section 4.1.2.5). */
export function time(ms: number): Buffer {
  const digits = new Date(ms)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(/[-:T]/g, '');
  const isShort = Number(digits.slice(0, 4)) < 2050;
  return isShort ? wrap(0x17, Buffer.from(digits.slice(2))) : wrap(0x18, Buffer.from(digits));
}

function wrap(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Uint8Array.of(tag, ...lengthOf(content.length)), content]);
}

function lengthOf(length: number): readonly number[] {
  if (length < 0x80) return [length];
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest >>= 8) octets.unshift(rest & 0xff);
  return [0x80 | octets.length, ...octets];
}

function base128(value: number): readonly number[] {
  const digits = [value & 0x7f];
  for (let rest = value >> 7; rest > 0; rest >>= 7) digits.unshift((rest & 0x7f) | 0x80);
  return digits;
}
