/** Each screen is looked at in four ways: light and dark, on a desk and on a phone. */
import type { Page } from 'playwright-core';

export const LOOKS = [
  ['light', 1280],
  ['dark', 1280],
  ['light', 390],
  ['dark', 390],
] as const;

/** Pixels are wide. */
export async function look(
  page: Page,
  [colorScheme, width]: readonly ['light' | 'dark', number],
): Promise<void> {
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
  await page.setViewportSize({ width, height: 900 });
}

export async function isAsWideAsItsWindow(page: Page): Promise<boolean> {
  return (await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')) === true;
}
