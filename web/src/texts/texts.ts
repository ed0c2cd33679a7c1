import { en, type Texts } from './en.ts';

/** The texts in the reader's language; so far there is one. */
export const t: Texts = en;
