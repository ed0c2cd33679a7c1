/** A name or an address somebody asks about. */
export type WhySubject = { readonly name: string } | { readonly address: string };

/** What was typed, where it can be one of the two. */
export function subjectOf(text: string): WhySubject | undefined {
  const typed = text.trim();
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(typed) || /^[0-9a-f]*:[0-9a-f:.]+$/i.test(typed)) {
    return { address: typed };
  }
  return /^[^\s/]+\.[^\s/]+$/.test(typed) ? { name: typed } : undefined;
}

export function textOf(subject: WhySubject): string {
  return 'name' in subject ? subject.name : subject.address;
}
