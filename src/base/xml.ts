/**
 * XML that others send, read element by element. Nothing is expanded, fetched or kept: a document with a DOCTYPE is refused,
 * since only there entities could be declared, and one that goes deeper than anybody's list as well.
 */
import sax from 'sax';

export interface XmlElement {
  /** Names from the root to the element, without its prefix for a namespace. */
  readonly path: readonly string[];
  readonly attributes: Readonly<Record<string, string>>;
  /** Its own, without that of elements in it. */
  readonly text: string;
}

/** Calls back at the end of each element. Throws SyntaxError with a reason for what is no XML; whatever `visit` throws is thrown on. */
export function readXml(text: string, visit: (element: XmlElement) => void): void {
  const open: { readonly name: string; readonly attributes: Record<string, string>; text: string }[] = [];
  const reader = sax.parser(true, { trim: false, normalize: false, xmlns: false });
  reader.onerror = (error) => {
    throw new SyntaxError(error.message.split('\n')[0] ?? 'not XML');
  };
  reader.ondoctype = () => {
    throw new SyntaxError('it has a DOCTYPE');
  };
  reader.onopentag = ({ name, attributes }) => {
    if (open.length >= MAX_DEPTH) throw new SyntaxError(`it is deeper than ${MAX_DEPTH} elements`);
    open.push({ name: localName(name), attributes: attributes as Record<string, string>, text: '' });
  };
  const take = (part: string) => {
    const last = open.at(-1);
    if (last !== undefined) last.text += part;
  };
  reader.ontext = take;
  reader.oncdata = take;
  reader.onclosetag = () => {
    const path = open.map(({ name }) => name);
    const last = open.pop();
    if (last !== undefined) visit({ path, attributes: last.attributes, text: last.text.trim() });
  };
  reader.write(text).close();
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

/** Elements in each other; lists and answers of machines have three or four. */
const MAX_DEPTH = 32;
