/** A certificate that vouches for itself: it keeps listeners out, and a person who compares its fingerprint once also keeps others out. */
import { createHash, createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';
import { addressToOctets, parseIpAddress } from '../../base/ip-address.ts';
import {
  bitString,
  boolean,
  explicit,
  implicit,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  set,
  time,
  utf8String,
} from './der.ts';

const DAY_MS = 86_400_000;
/** Browsers take at most 398 days from an authority; a year is what a person still remembers having accepted. */
export const SELF_SIGNED_MS = 365 * DAY_MS;
/** Before now, for whoever's clock is behind ours. */
const BACKDATED_MS = DAY_MS;

export interface SelfSignedOptions {
  /** P-256. */
  readonly key: KeyObject;
  /** Host names and addresses, the first of which it is called by. */
  readonly names: readonly string[];
  readonly now: number;
}

/** PEM, X.509 v3 (RFC 5280), for servers only. */
export function makeSelfSigned({ key, names, now }: SelfSignedOptions): string {
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const name = sequence(
    set(sequence(objectIdentifier('2.5.4.3'), utf8String(`Sallyport ${names[0] ?? ''}`.trim().slice(0, 64)))),
  );
  const toBeSigned = sequence(
    explicit(0, integer(Uint8Array.of(2))),
    // 128 random bits, so that a browser never sees one number twice from the same name.
    integer(randomBytes(16)),
    ECDSA_WITH_SHA256,
    name,
    sequence(time(now - BACKDATED_MS), time(now + SELF_SIGNED_MS)),
    name,
    publicKey,
    explicit(3, sequence(...extensions(publicKey, names))),
  );
  const signature = sign('sha256', toBeSigned, key);
  const der = sequence(toBeSigned, ECDSA_WITH_SHA256, bitString(signature));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function extensions(publicKey: Buffer, names: readonly string[]): readonly Buffer[] {
  const critical = (id: string, value: Buffer) =>
    sequence(objectIdentifier(id), boolean(true), octetString(value));
  const plain = (id: string, value: Buffer) => sequence(objectIdentifier(id), octetString(value));
  return [
    critical('2.5.29.19', sequence()), // basicConstraints: no authority
    critical('2.5.29.15', bitString(Uint8Array.of(0x80), 7)), // keyUsage: digitalSignature
    plain('2.5.29.37', sequence(objectIdentifier('1.3.6.1.5.5.7.3.1'))), // extKeyUsage: serverAuth
    plain('2.5.29.14', octetString(createHash('sha1').update(publicKey).digest())), // subjectKeyIdentifier
    plain('2.5.29.17', sequence(...names.map(generalName))), // subjectAltName
  ];
}

function generalName(name: string): Buffer {
  return isIP(name) === 0
    ? implicit(2, Buffer.from(name, 'latin1'))
    : implicit(7, addressToOctets(parseIpAddress(name)));
}

const ECDSA_WITH_SHA256 = sequence(objectIdentifier('1.2.840.10045.4.3.2'));
