import type { Page } from 'playwright-core';

/** Asks the API as whoever is signed in on the page; throws with the answer when the status is not 2xx. */
export async function askApi<Answer>(
  page: Page,
  method: string,
  path: string,
  body?: unknown,
): Promise<Answer> {
  const asked = JSON.stringify({
    method,
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const { status, text } = (await page.evaluate(
    `fetch('/api/v1${path}', ${asked}).then(async (answer) => ({ status: answer.status, text: await answer.text() }))`,
  )) as { readonly status: number; readonly text: string };
  if (status < 200 || status > 299) throw new Error(`${method} ${path}: ${status} ${text}`);
  return JSON.parse(text) as Answer;
}
