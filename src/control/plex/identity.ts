import type { PlexIdentity } from '../../actions/ports.ts';
import { readXml } from '../../base/xml.ts';

/**
 * `/identity` of a Plex server, which it answers to anybody: its id, version, and whether an account has claimed it. The hash of its
 * names is not in it, and cannot be worked out of the id. Undefined for anything else.
 */
export function readIdentity(text: string): PlexIdentity | undefined {
  const said = text.trimStart().startsWith('{') ? fromJson(text) : fromXml(text);
  const id = said?.['machineIdentifier'];
  if (typeof id !== 'string' || !/^[0-9a-f-]{8,64}$/i.test(id)) return undefined;
  const { version, claimed } = said ?? {};
  return {
    machineIdentifier: id,
    version: typeof version === 'string' && /^[\w.+-]{1,60}$/.test(version) ? version : '',
    claimed: CLAIMED.get(claimed),
  };
}

const CLAIMED: ReadonlyMap<unknown, boolean> = new Map<unknown, boolean>([
  [true, true],
  ['1', true],
  [1, true],
  [false, false],
  ['0', false],
  [0, false],
]);

type Said = Readonly<Record<string, unknown>>;

function fromJson(text: string): Said | undefined {
  try {
    const container = (JSON.parse(text) as { readonly MediaContainer?: unknown }).MediaContainer;
    return typeof container === 'object' && container !== null ? (container as Said) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function fromXml(text: string): Said | undefined {
  let found: Said | undefined;
  try {
    readXml(text, ({ path, attributes }) => {
      if (path.join('.') === 'MediaContainer') found = attributes;
    });
    return found;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
