/**
 * Names in the query log are kept with their labels from the root down, as presentation text: 'org.example.www'.
 * So a name and everything below it are one range of the index, and a label that contains a dot (as \.) stays one label.
 */
import { type DomainName, formatDomainName, parseDomainName } from '../../base/domain-name.ts';

export function labelsOf(name: DomainName): string {
  return formatDomainName(reversed(name));
}

export function nameOf(labels: string): DomainName {
  return reversed(parseDomainName(labels));
}

/** The SQL function that gives the name as people write it: each connection to the query log has it. */
export const WRITTEN_NAME = 'written_name';

/** Labels below `name`: from `first` up to, not including, `end`. '/' is the character after '.'. */
export function rangeBelow(name: DomainName): { readonly first: string; readonly end: string } {
  if (name.length <= 1) return { first: '', end: '\u{10ffff}' };
  const labels = labelsOf(name);
  return { first: `${labels}.`, end: `${labels}/` };
}

function reversed(name: DomainName): DomainName {
  const labels: string[] = [];
  for (let at = 0; at < name.length - 1; at += name.charCodeAt(at) + 1) {
    labels.unshift(name.slice(at, at + name.charCodeAt(at) + 1));
  }
  return `${labels.join('')}\0` as DomainName;
}
