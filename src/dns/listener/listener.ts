/** Where packets come in: one socket per address, and answers leave from the address that was asked. */
import { isIPv6 } from 'node:net';
import { type IpAddress, parseIpAddress } from '../../base/ip-address.ts';
import type { Endpoint } from '../endpoint.ts';

export interface Listener extends Endpoint {
  readonly protocol: 'udp' | 'tcp';
  /** Takes no new questions, lets those under way be answered, and is done when the socket is closed. */
  close(): Promise<void>;
}

export interface Client extends Endpoint {
  readonly protocol: 'udp' | 'tcp';
}

/** Called for each packet, whatever it holds. Answering is optional, once; answers after the client is gone are dropped. */
export type Handler = (packet: Buffer, client: Client, reply: (octets: Buffer) => void) => void;

/** Told what went wrong with one client's packet or connection; it concerns nobody else, and the listener goes on. */
export type OnTrouble = (error: Error) => void;

/** For callers that keep no account of clients that hang up. */
export const ignoreTrouble: OnTrouble = () => undefined;

/** An IPv4-mapped address counts as IPv4, and the zone of a link-local one means nothing to a policy. */
export function clientAddress(text: string): IpAddress {
  return parseIpAddress(isIPv6(text) ? text.replace(/%.*$/s, '') : text);
}
