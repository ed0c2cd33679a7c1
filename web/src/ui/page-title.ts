import { useEffect } from 'react';
import { t } from '../texts/texts.ts';

/** What the tab is called, and what a screen reader says first. */
export function useTitle(screen: string): void {
  useEffect(() => {
    document.title = `${screen} · ${t.product}`;
  }, [screen]);
}
