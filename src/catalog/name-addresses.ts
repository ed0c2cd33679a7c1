/** Addresses written in names: 203-0-113-9.example.org, 203.0.113.9.nip.io, 2001-db8--1.example.org. */
import { type IpAddress, parseIpAddress } from '../base/ip-address.ts';

export function addressesIn(name: string): readonly IpAddress[] {
  const texts = [
    ...(name.match(/(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\d)/g) ?? []),
    ...(name.match(/(?<!\d)\d{1,3}(?:-\d{1,3}){3}(?!\d)/g) ?? []).map((text) => text.replaceAll('-', '.')),
    ...name.split('.').flatMap((label) => (DASHED_IPV6.test(label) ? [label.replaceAll('-', ':')] : [])),
  ];
  return texts.flatMap((text) => {
    try {
      return [parseIpAddress(text)];
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return []; // 999-1-1-1 is a label like any other.
    }
  });
}

/** With a gap (2001-db8--1), or all eight groups. */
const DASHED_IPV6 = /^(?=.*--)[0-9a-f-]{4,45}$|^[0-9a-f]{1,4}(?:-[0-9a-f]{1,4}){7}$/;
