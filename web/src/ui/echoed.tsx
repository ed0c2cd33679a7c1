import { visibleText } from '../lib/visible-text.ts';

/** A note, or a line that was pasted: whatever it holds, it does not reorder what stands beside it. */
export function Echoed({ text }: { readonly text: string }) {
  return <bdi>{visibleText(text)}</bdi>;
}
