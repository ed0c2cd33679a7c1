import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds against WCAG 2.2 AA and its own best practice: one line a finding, with the elements concerned. */
export async function axeFindings(page: Page): Promise<readonly string[]> {
  // Evaluated by the debugger, which the page's content security policy does not hold up.
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(axe);
  const violations = (await page.evaluate(`
    axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
      .then(({ violations }) => violations.map(({ id, nodes }) => ({ id, nodes: nodes.map(({ target, failureSummary }) => target + ' ' + failureSummary) })))
  `)) as readonly { readonly id: string; readonly nodes: readonly string[] }[];
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node}`));
}
