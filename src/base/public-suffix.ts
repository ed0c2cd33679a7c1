/**
 * What is known of the suffixes below which anybody can register a name. Loaded when the first such question comes: the list
 * weighs three megabytes in each thread that has it, and most of them are never asked.
 */
import { createRequire } from 'node:module';
import type * as tldts from 'tldts';

const require = createRequire(import.meta.url);

export function publicSuffixes(): typeof tldts {
  return require('tldts') as typeof tldts;
}

/** The name somebody registered: example.co.uk for a.example.co.uk; the name itself where there is none. Other characters than those of host names are taken as they are. */
export function registeredDomain(name: string): string {
  return publicSuffixes().getDomain(name, { validateHostname: false }) ?? name;
}

/** Who can register names there: tmdb.org, and of a content network each of its customers (d111.cloudfront.net). */
export function ownerDomain(name: string): string {
  return publicSuffixes().getDomain(name, { allowPrivateDomains: true }) ?? name;
}
