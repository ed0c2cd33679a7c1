import { KnownError } from '../base/errors.ts';
import type { Catalog } from './load.ts';
import type { Symptom } from './schema.ts';

/** Those that every word is found in, the ones with most of them in the title first; without words, all. */
export function findSymptoms({ symptoms }: Catalog, text: string): readonly Symptom[] {
  const words = text
    .toLowerCase()
    .split(/[^a-z0-9._-]+/)
    .filter((word) => word !== '');
  const scored = symptoms.flatMap((symptom) => {
    const title = symptom.title.toLowerCase();
    const rest = [symptom.id, ...symptom.words, ...symptom.names].join(' ').toLowerCase();
    if (!words.every((word) => title.includes(word) || rest.includes(word))) return [];
    return { symptom, score: words.filter((word) => title.includes(word)).length };
  });
  return scored.sort((a, b) => b.score - a.score).map(({ symptom }) => symptom);
}

/** Throws not-found naming the symptoms there are. */
export function findSymptom({ symptoms }: Catalog, id: string): Symptom {
  const found = symptoms.find((one) => one.id === id);
  if (found !== undefined) return found;
  throw new KnownError('not-found', `symptom ${id}`, {
    hint: `There are ${symptoms.map((one) => one.id).join(', ')}.`,
  });
}
