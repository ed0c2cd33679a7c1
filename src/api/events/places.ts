import { KnownError } from '../../base/errors.ts';

/** Streams of one user or token: a browser with six tabs, and a second device. */
const STREAMS_PER_USER = 10;
/** Streams in all, each with buffers of some hundred kilobytes at worst. */
const STREAMS = 40;

export interface Places {
  /** The returned function gives the place back. Throws KnownError too-many-streams. */
  take(user: string): () => void;
}

export function createPlaces(): Places {
  const taken = new Map<string, number>();
  let all = 0;
  return {
    take(user) {
      const own = taken.get(user) ?? 0;
      if (own >= STREAMS_PER_USER) throw tooMany(`${user} has ${own} streams open`);
      if (all >= STREAMS) throw tooMany(`${all} streams are open`);
      taken.set(user, own + 1);
      all++;
      let given = false;
      return () => {
        if (given) return;
        given = true;
        all--;
        const left = (taken.get(user) ?? 1) - 1;
        if (left === 0) taken.delete(user);
        else taken.set(user, left);
      };
    },
  };
}

function tooMany(what: string): KnownError {
  return new KnownError('too-many-streams', what, {
    hint: 'Close a page that shows live events, or ask the API again and again instead.',
  });
}
