/** Each screen is looked at in five ways: light and dark, on a desk and on a phone, and as narrow as WCAG 1.4.10 asks for. */
import type { Page } from 'playwright-core';

export const LOOKS = [
  ['light', 1280],
  ['dark', 1280],
  ['light', 390],
  ['dark', 390],
  // Also a desk of 1280 pixels, read at 400 %.
  ['light', 320],
] as const;

/** Pixels are wide. */
export async function look(
  page: Page,
  [colorScheme, width]: readonly ['light' | 'dark', number],
): Promise<void> {
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
  await page.setViewportSize({ width, height: 900 });
}

/** The page, and the bars that stay where they are and may hide what is too much for them. */
export async function isAsWideAsItsWindow(page: Page): Promise<boolean> {
  return (
    (await page.evaluate(
      "[...document.querySelectorAll('html, header, nav')].every((one) => one.scrollWidth <= window.innerWidth)",
    )) === true
  );
}
