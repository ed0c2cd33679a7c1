/** Text of somebody else with the marks that turn text around written out: on the page they could make one name look like another. */
export function visibleText(text: string): string {
  return text.replace(
    TURNING,
    (mark) => `\\u${(mark.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`,
  );
}

/** Marks, embeddings, overrides and isolates. */
const TURNING = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
