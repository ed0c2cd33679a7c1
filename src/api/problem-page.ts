/** A problem for a person who opened an address in a browser: the same words as in the JSON, on a page without scripts. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Problem } from './contract/problem.ts';

/** Browsers name text/html when an address is opened; scripts, and fetch on a page, do not. */
export function wantsPage(method: string, headers: IncomingHttpHeaders): boolean {
  return method === 'GET' && headers.accept?.includes('text/html') === true;
}

export function problemPage({ code, title, detail, hint, requestId }: Problem, basePath: string): string {
  // Under a host that is not ours the style would be refused as this was, and back there is nothing.
  const isOurs = code !== 'host-not-allowed';
  const lines = [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8" />',
    '<meta name="viewport" content="width=device-width, initial-scale=1" />',
    '<meta name="color-scheme" content="light dark" />',
    `<title>${escapeHtml(title)} - Sallyport</title>`,
    ...(isOurs ? [`<link rel="stylesheet" href="${escapeHtml(basePath)}/problem.css" />`] : []),
    '</head>',
    '<body>',
    '<header><h1>Sallyport</h1></header>',
    '<main id="main">',
    `<h2>${escapeHtml(title)}</h2>`,
    `<p>${escapeHtml(detail)}</p>`,
    ...(hint === undefined ? [] : [`<p>${escapeHtml(hint)}</p>`]),
    ...(isOurs ? [`<p><a href="${escapeHtml(basePath)}/">Back to the page</a></p>`] : []),
    `<p class="small">Request ${escapeHtml(requestId)}</p>`,
    '</main>',
    '</body>',
    '</html>',
  ];
  return `${lines.join('\n')}\n`;
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
