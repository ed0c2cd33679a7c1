/** A name or an address somebody asks about. */
export type WhySubject = { readonly name: string } | { readonly address: string };

/** What was typed, where it can be one of the two; of a URL its host. */
export function subjectOf(text: string): WhySubject | undefined {
  const typed = hostOf(text.trim());
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(typed) || /^[0-9a-f]*:[0-9a-f:.]+$/i.test(typed)) {
    return { address: typed };
  }
  return typed.length <= MAX_NAME && /^[^\s/]+\.[^\s/]+$/.test(typed) ? { name: typed } : undefined;
}

export function textOf(subject: WhySubject): string {
  return 'name' in subject ? subject.name : subject.address;
}

/** Letters that DNS does not have become xn--…, as they do in a rule. */
function hostOf(typed: string): string {
  const isUrl = /^https?:\/\//i.test(typed);
  const isInOtherLetters = /[^\x20-\x7e]/.test(typed);
  if (!isUrl && !isInOtherLetters) return typed;
  const url = isUrl ? typed : `http://${typed}`;
  return URL.canParse(url) ? new URL(url).hostname.replace(/^\[|\]$/g, '') : typed;
}

/** Characters of a name (RFC 1035), without the dot at its end. */
const MAX_NAME = 253;
