/**
 * Domain names as octets.
 *
 * A name is kept in wire form, lower-cased, one character per octet: 'example.org' is '\x07example\x03org\x00'.
 * So two names are equal exactly when DNS says so (RFC 4343), a label that contains a dot can never be
 * mistaken for two labels, and the parent of a name is a slice. Text is only for people, files and SQL.
 */

declare const brand: unique symbol;
export type DomainName = string & { readonly [brand]: 'DomainName' };

/** Octets of a label and of a whole name in wire form (RFC 1035 section 2.3.4). */
export const MAX_LABEL_OCTETS = 63;
export const MAX_NAME_OCTETS = 255;

export const ROOT = '\0' as DomainName;

/**
 * Reads the presentation form (RFC 1035 section 5.1 with \. and \DDD escapes, RFC 4343); a final dot is optional.
 * Labels outside ASCII are not translated: give the xn-- form. Throws RangeError that quotes the text.
 */
export function parseDomainName(text: string): DomainName {
  if (text === '.') return ROOT;
  return PLAIN.test(text) && text.length < MAX_NAME_OCTETS - 1 ? wireOfPlain(text) : parseEscaped(text);
}

/** As nearly all names are written: nothing to lower, to unescape or to refuse. */
const PLAIN = /^[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*$/;

/** In one piece: what is put together octet by octet is kept by V8 with all of its pieces. */
function wireOfPlain(text: string): DomainName {
  const labels = text.split('.').map((label) => String.fromCharCode(label.length) + label);
  return [...labels, '\0'].join('') as DomainName;
}

function parseEscaped(text: string): DomainName {
  const fail = (why: string): never => {
    throw new RangeError(`not a domain name: ${JSON.stringify(text)} (${why})`);
  };
  let wire = '';
  let label = '';
  let ended = false;
  const endLabel = () => {
    if (label.length === 0) fail('empty label');
    if (label.length > MAX_LABEL_OCTETS) fail(`a label is longer than ${MAX_LABEL_OCTETS} octets`);
    wire += String.fromCharCode(label.length) + label;
    label = '';
  };
  for (let i = 0; i < text.length; i++) {
    let code = text.charCodeAt(i);
    ended = false;
    if (code === DOT) {
      endLabel();
      ended = true;
      continue;
    }
    if (code === BACKSLASH) {
      const digits = text.slice(i + 1, i + 4);
      if (/^\d{3}$/.test(digits)) {
        code = Number(digits);
        i += 3;
      } else {
        code = text.charCodeAt(i + 1);
        i += 1;
      }
      if (Number.isNaN(code)) fail('ends in a backslash');
    } else if (code <= 0x20 || code === 0x7f) {
      fail('white space or control character');
    }
    if (code > 0xff || (code > 0x7e && text.charCodeAt(i) === code)) fail('not ASCII; use the xn-- form');
    label += String.fromCharCode(lower(code));
  }
  if (!ended) endLabel();
  if (wire.length + 1 > MAX_NAME_OCTETS) fail(`longer than ${MAX_NAME_OCTETS} octets`);
  return `${wire}\0` as DomainName;
}

/** The presentation form without the final dot ('.' for the root); what parseDomainName reads back to the same name. */
export function formatDomainName(name: DomainName): string {
  if (name.length <= 1) return '.';
  let text = '';
  for (let at = 0; at < name.length - 1; ) {
    const length = name.charCodeAt(at);
    if (at > 0) text += '.';
    for (let i = at + 1; i <= at + length; i++) text += formatOctet(name.charCodeAt(i));
    at += length + 1;
  }
  return text;
}

/** The name without its first label; undefined for the root. */
export function parentOf(name: DomainName): DomainName | undefined {
  return name.length <= 1 ? undefined : (name.slice(name.charCodeAt(0) + 1) as DomainName);
}

/** How many labels, the root not counted. */
export function countLabels(name: DomainName): number {
  let count = 0;
  for (let at = 0; at < name.length - 1; at += name.charCodeAt(at) + 1) count++;
  return count;
}

/** True when name is below ancestor at any depth; a name is not below itself. */
export function isBelow(name: DomainName, ancestor: DomainName): boolean {
  if (name.length <= ancestor.length || !name.endsWith(ancestor)) return false;
  // Octets alone prove nothing: the ancestor has to begin where a label does.
  const start = name.length - ancestor.length;
  let at = 0;
  while (at < start) at += name.charCodeAt(at) + 1;
  return at === start;
}

/** The octets of the first label, lower-cased; '' for the root. */
export function firstLabel(name: DomainName): string {
  return name.slice(1, 1 + name.charCodeAt(0));
}

const DOT = 0x2e;
const BACKSLASH = 0x5c;
/** What would be read as something else; the star, because *.example.org is how a pattern is written: anybody can ask a name with one. */
const ESCAPED: ReadonlySet<number> = new Set([DOT, BACKSLASH, 0x2a]);

function lower(code: number): number {
  return code >= 0x41 && code <= 0x5a ? code + 0x20 : code;
}

function formatOctet(code: number): string {
  if (code <= 0x20 || code >= 0x7f) return `\\${String(code).padStart(3, '0')}`;
  return ESCAPED.has(code) ? `\\${String.fromCharCode(code)}` : String.fromCharCode(code);
}
