/** Files of a zip or a tar.gz, in memory: only those that are asked for, and never more octets than they may have together. */
import { gunzipSync, inflateRawSync } from 'node:zlib';
import { KnownError } from '../../base/errors.ts';

/** Octets of all files together, unpacked; the database of a Pi-hole with its block lists has some ten million. */
const MAX_UNPACKED = 64 * 2 ** 20;
/** Files in one archive; a Teleporter has twenty. */
const MAX_FILES = 1000;

/** By the last part of their paths. */
export type Files = ReadonlyMap<string, Buffer>;

export function isZip(octets: Buffer): boolean {
  return octets.length > 4 && octets.readUInt32LE(0) === LOCAL_HEADER;
}

export function isGzip(octets: Buffer): boolean {
  return octets[0] === 0x1f && octets[1] === 0x8b;
}

/** Throws KnownError invalid-input for what is broken or too large. */
export function unpackTarGz(octets: Buffer, isWanted: (name: string) => boolean): Files {
  const tar = unpacked(() => gunzipSync(octets, { maxOutputLength: MAX_UNPACKED }));
  const files = new Map<string, Buffer>();
  for (let at = 0, n = 0; at + BLOCK <= tar.length && tar[at] !== 0; n++) {
    if (n >= MAX_FILES) throw broken(`more than ${MAX_FILES} files`);
    const size = Number.parseInt(textAt(tar, at + 124, 12).trim() || '0', 8);
    if (!Number.isSafeInteger(size) || size < 0 || at + BLOCK + size > tar.length)
      throw broken('it is cut off');
    const name = lastPart(textAt(tar, at, 100));
    const isFile = tar[at + 156] === 0 || tar[at + 156] === '0'.charCodeAt(0);
    if (isFile && isWanted(name)) files.set(name, tar.subarray(at + BLOCK, at + BLOCK + size));
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return files;
}

/** Goes by the directory at the end, as APPNOTE.TXT section 4.3.12 has it. */
export function unpackZip(octets: Buffer, isWanted: (name: string) => boolean): Files {
  const end = octets.lastIndexOf(END_OF_DIRECTORY);
  if (end < 0 || end + 22 > octets.length) throw broken('it is cut off');
  const count = octets.readUInt16LE(end + 10);
  if (count > MAX_FILES) throw broken(`more than ${MAX_FILES} files`);
  const files = new Map<string, Buffer>();
  let left = MAX_UNPACKED;
  let at = octets.readUInt32LE(end + 16);
  for (let n = 0; n < count; n++) {
    if (at + 46 > octets.length || octets.readUInt32LE(at) !== DIRECTORY_ENTRY) throw broken('it is cut off');
    const nameLength = octets.readUInt16LE(at + 28);
    const name = lastPart(octets.toString('utf8', at + 46, at + 46 + nameLength));
    if (isWanted(name)) {
      const content = zipped(octets, at, left);
      left -= content.length;
      files.set(name, content);
    }
    at += 46 + nameLength + octets.readUInt16LE(at + 30) + octets.readUInt16LE(at + 32);
  }
  return files;
}

function zipped(octets: Buffer, entry: number, left: number): Buffer {
  const method = octets.readUInt16LE(entry + 10);
  const size = octets.readUInt32LE(entry + 20);
  const header = octets.readUInt32LE(entry + 42);
  if (header + 30 > octets.length || octets.readUInt32LE(header) !== LOCAL_HEADER)
    throw broken('it is cut off');
  const from = header + 30 + octets.readUInt16LE(header + 26) + octets.readUInt16LE(header + 28);
  const packed = octets.subarray(from, from + size);
  if (packed.length !== size) throw broken('it is cut off');
  if (method === STORED && size <= left) return packed;
  if (method !== DEFLATED || left === 0)
    throw broken('it is too large, or packed in a way this does not know');
  return unpacked(() => inflateRawSync(packed, { maxOutputLength: left }));
}

function unpacked(unpack: () => Buffer): Buffer {
  try {
    return unpack();
  } catch (error) {
    if (error instanceof RangeError) throw broken(`more than ${MAX_UNPACKED / 2 ** 20} MiB unpacked`);
    if (error instanceof Error && 'code' in error) throw broken('it is damaged');
    throw error;
  }
}

function textAt(octets: Buffer, from: number, length: number): string {
  const text = octets.toString('utf8', from, from + length);
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}

function lastPart(path: string): string {
  return path.split('/').at(-1) ?? path;
}

function broken(why: string): KnownError {
  return new KnownError('invalid-input', `the archive cannot be read: ${why}`, {
    hint: 'Nothing was imported.',
  });
}

const BLOCK = 512;
const LOCAL_HEADER = 0x04034b50;
const DIRECTORY_ENTRY = 0x02014b50;
const END_OF_DIRECTORY = Buffer.from([0x50, 0x4b, 0x05, 0x06]);
const STORED = 0;
const DEFLATED = 8;
